#include "judges/steps/package_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>

#include "base/bytes.h"

namespace eval::judges {
namespace {

// A checker with its headers is a few hundred KiB; more than this is not source code.
constexpr Bytes kPackageProgramBytes = Bytes::mib(64);
constexpr const char* kTestlib = "testlib.h";
// How far above a program its package's folder is looked for: "files/checkers/check.cpp".
constexpr int kLevelsUp = 3;

bool is_executable(const fs::path& file) {
  std::error_code failed;
  const fs::perms perms = fs::status(file, failed).permissions();
  return !failed && (perms & fs::perms::owner_exec) != fs::perms::none;
}

bool is_header(const fs::path& file) {
  const std::string extension = file.extension().string();
  return extension == ".h" || extension == ".hpp" || extension == ".hh";
}

// All files below a folder. Links to files count: where they may lead was decided when the package was
// loaded. One that leads nowhere does not, and the compiler will miss it.
Result<std::vector<fs::path>> names_in_folder(const fs::path& path) {
  std::error_code error;
  std::vector<fs::path> names;
  fs::recursive_directory_iterator entry(path, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) names.push_back(entry->path().lexically_relative(path));
  }
  if (error) {
    return fail(system_error(ErrorCode::Io, "cannot list the program's folder", error.value(),
                             path.string()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A single source file and the headers in its folder.
Result<std::vector<fs::path>> names_of_file(const fs::path& path) {
  std::vector<fs::path> names = {path.filename()};
  for (const std::string& name : EVAL_TRY(list_directory(path.parent_path()))) {
    std::error_code failed;
    const bool is_file = fs::is_regular_file(path.parent_path() / name, failed);
    if (is_file && is_header(name) && name != path.filename()) names.emplace_back(name);
  }
  return names;
}

bool includes_testlib(std::string_view source) {
  for (std::size_t at = source.find(kTestlib); at != std::string_view::npos;
       at = source.find(kTestlib, at + 1)) {
    const std::size_t line = source.rfind('\n', at) + 1;
    if (source.substr(line, at - line).find("#include") != std::string_view::npos) return true;
  }
  return false;
}

std::optional<fs::path> find_testlib(const fs::path& path, const fs::path& configured) {
  fs::path folder = path.parent_path();
  std::error_code failed;
  for (int level = 0; level < kLevelsUp && folder.has_relative_path(); ++level) {
    for (const char* below : {".", "files", "lib", "include"}) {
      const fs::path found = folder / below / kTestlib;
      if (fs::is_regular_file(found, failed)) return found;
    }
    folder = folder.parent_path();
  }
  if (fs::is_directory(configured, failed)) return configured / kTestlib;
  if (!configured.empty()) return configured;
  return std::nullopt;
}

}  // namespace

bool lacks_testlib(const std::vector<sandbox::InputFile>& files) {
  const bool has_it = std::any_of(files.begin(), files.end(), [](const sandbox::InputFile& file) {
    return fs::path(file.name).filename() == kTestlib;
  });
  return !has_it && std::any_of(files.begin(), files.end(), [](const sandbox::InputFile& file) {
    return includes_testlib(*file.source.content);
  });
}

Result<std::vector<sandbox::InputFile>> read_package_program(const fs::path& path,
                                                             std::span<const fs::path> support,
                                                             const fs::path& testlib) {
  std::error_code failed;
  const bool is_folder = fs::is_directory(path, failed);
  const fs::path root = is_folder ? path : path.parent_path();
  std::vector<sandbox::InputFile> files;
  std::uint64_t total = 0;
  const auto add = [&](const std::string& name, const fs::path& from) -> Result<void> {
    const bool known = std::any_of(files.begin(), files.end(), [&](const sandbox::InputFile& file) {
      return file.name == name;
    });
    if (known) return {};
    std::string content = EVAL_TRY(read_file(from, kPackageProgramBytes));
    total += content.size();
    if (total > kPackageProgramBytes.count) {
      return fail(ErrorCode::BadInput,
                  fmt::format("the program is larger than {}", to_string(kPackageProgramBytes)),
                  path.string(), "keep only sources in its folder");
    }
    files.push_back({name, {{}, std::move(content)}, is_executable(from)});
    return {};
  };
  for (const fs::path& name : EVAL_TRY(is_folder ? names_in_folder(path) : names_of_file(path))) {
    EVAL_TRY(add(name.generic_string(), root / name));
  }
  for (const fs::path& file : support) EVAL_TRY(add(file.filename().string(), file));
  if (lacks_testlib(files)) {
    const std::optional<fs::path> found = find_testlib(path, testlib);
    if (found) EVAL_TRY(add(kTestlib, *found));
  }
  return files;
}

Result<const Language*> package_language(const fs::path& path,
                                         const std::vector<sandbox::InputFile>& files,
                                         const Languages& languages) {
  std::unordered_map<const Language*, int> counts;
  for (const sandbox::InputFile& file : files) {
    const Language* row = languages.by_file(file.name, *file.source.content);
    if (row != nullptr) ++counts[row];
  }
  const Language* best = nullptr;
  for (const Language& row : languages.all()) {
    const auto found = counts.find(&row);
    if (found != counts.end() && (best == nullptr || found->second > counts[best])) best = &row;
  }
  if (best != nullptr) return best;
  return fail(ErrorCode::BadInput, "no file of this program is in a known language", path.string(),
              "known extensions are listed in judges/languages.json");
}

}  // namespace eval::judges
