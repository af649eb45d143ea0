#include "judges/steps/reference.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace eval::judges {
namespace {

// Larger than any limit on source code that packages state.
constexpr Bytes kSourceFileBytes = Bytes::mib(16);

const Language* language_of_files(const SourceProgram& program, const Languages& languages) {
  const Language* best = nullptr;
  std::ptrdiff_t best_count = 0;
  for (const Language& row : languages.all()) {
    const auto count = std::count_if(
        program.files.begin(), program.files.end(),
        [&](const SourceFile& file) { return languages.by_file(file.name, file.content) == &row; });
    if (count > best_count) {
      best = &row;
      best_count = count;
    }
  }
  return best;
}

const Language* as_the_package_means(const problems::Problem& problem, const Language* language,
                                     const Languages& languages) {
  if (language == nullptr || language->id != "python3") return language;
  if (!problem.format_name.starts_with("kattis")) return language;
  const Language* pypy = languages.find("pypy3");
  return pypy != nullptr && find_system_program(pypy->program) ? pypy : language;
}

}  // namespace

Result<ReferenceProgram> read_reference(const problems::Problem& problem,
                                        const problems::ReferenceSubmission& reference,
                                        const Languages& languages) {
  ReferenceProgram result;
  for (const fs::path& file : reference.files) {
    result.program.files.push_back(
        {file.filename().string(), EVAL_TRY(read_file(file, kSourceFileBytes))});
  }
  result.program.entry_point = reference.entry_point;
  const Language* language = nullptr;
  if (reference.language) {
    language = languages.find(*reference.language);
    if (language == nullptr) language = languages.by_tag(*reference.language);
    // A ".py" that says it is Python 2 is listed as "python3" by some packages' loaders.
    const bool refuted = !result.program.files.empty() && language != nullptr &&
                         language_of_files(result.program, languages) == nullptr &&
                         result.program.files.front().name.ends_with(".py");
    if (refuted) language = nullptr;
  } else {
    language = language_of_files(result.program, languages);
  }
  if (language == nullptr) {
    result.skip_reason =
        fmt::format("its language{} is not known here",
                    reference.language ? " \"" + *reference.language + "\"" : std::string{});
    return result;
  }
  language = as_the_package_means(problem, language, languages);
  if (!find_system_program(language->program)) {
    result.skip_reason =
        fmt::format("{} is not installed (apt-get install {})", language->name, language->package);
    return result;
  }
  result.language = language;
  result.program.language = language->id;
  return result;
}

}  // namespace eval::judges
