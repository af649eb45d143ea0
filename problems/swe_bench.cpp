#include "problems/swe_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/compression.h"
#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

constexpr const char* kFolderFiles[] = {"instances.jsonl", "instances.jsonl.gz", "instances.json"};

bool looks_like_a_row(std::string_view text) {
  return text.find("\"base_commit\"") != text.npos &&
         text.find("\"problem_statement\"") != text.npos;
}

bool is_lines_file(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".jsonl") || name.ends_with(".jsonl.gz");
}

// By its first line, or by what is anywhere in it: other data sets are JSON too.
bool is_rows_file(const fs::path& path) {
  if (is_lines_file(path)) {
    auto reader = LineReader::open(path);
    std::string line;
    return reader && reader->next(line).value_or(false) && looks_like_a_row(line);
  }
  if (path.extension() != ".json") return false;
  const auto content = read_file(path);
  return content && looks_like_a_row(*content);
}

// The file that `path` names, or that lies in the folder it names.
std::optional<fs::path> rows_file(const fs::path& path) {
  if (is_file(path)) return is_rows_file(path) ? std::optional(path) : std::nullopt;
  for (const char* name : kFolderFiles) {
    if (is_file(path / name) && is_rows_file(path / name)) return path / name;
  }
  return std::nullopt;
}

// Puts rows into a suite.
class SuiteBuilder {
 public:
  explicit SuiteBuilder(Suite& suite) : suite_(suite) {}

  void add(Result<Json> row, const std::string& where, const fs::path& file) {
    Result<Problem> problem =
        row ? read_swe_bench_row(*row, where) : Result<Problem>(Failure(std::move(row).error()));
    if (!problem) {
      suite_.refused.push_back({id_of(row, where), std::move(problem).error()});
      return;
    }
    problem->directory = file;
    if (seen_.insert(problem->slug).second) {
      suite_.problems.push_back(*std::move(problem));
      return;
    }
    suite_.refused.push_back({problem->id, Error{ErrorCode::BadInput,
                                                 "two rows have this instance id",
                                                 where,
                                                 "the first one is used",
                                                 0,
                                                 {}}});
  }

 private:
  static std::string id_of(const Result<Json>& row, const std::string& where) {
    const auto id = row && row->is_object() ? read_string(*row, "instance_id") : std::string();
    return id && !id->empty() ? "swe-bench/" + *id : "swe-bench: " + where;
  }

  Suite& suite_;
  std::set<std::string> seen_;
};

Result<void> load_lines(const fs::path& file, SuiteBuilder& builder) {
  LineReader reader = EVAL_TRY(LineReader::open(file));
  std::string line;
  for (int number = 1; EVAL_TRY(reader.next(line)); ++number) {
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}: line {}", file.filename().string(), number);
    builder.add(parse_json(line, where), where, file);
  }
  return {};
}

// A list, an object keyed by instance id, or one row.
Result<void> load_whole(const fs::path& file, SuiteBuilder& builder) {
  const std::string name = file.filename().string();
  const std::string content = EVAL_TRY(read_file(file));
  Json whole = EVAL_TRY(parse_json(content, name));
  if (whole.is_object() && whole.contains("instance_id")) {
    builder.add(std::move(whole), name, file);
    return {};
  }
  int number = 0;
  for (auto& [key, row] : whole.items()) {
    ++number;
    const std::string where = whole.is_object() ? fmt::format("{}: \"{}\"", name, key)
                                                : fmt::format("{}: entry {}", name, number);
    if (whole.is_object() && row.is_object() && !row.contains("instance_id")) {
      row["instance_id"] = key;
    }
    builder.add(std::move(row), where, file);
  }
  return {};
}

bool all_tasks(const Suite& suite, bool (*has)(const PatchTask&)) {
  return std::ranges::all_of(suite.problems, [has](const Problem& problem) {
    return has(std::get<PatchTask>(problem.task));
  });
}

// Which data set it is, as far as its rows tell: only Verified has difficulties, only Pro selects
// tests, only SWE-rebench brings commands.
std::string title_of(const Suite& suite, const fs::path& file) {
  std::string what = "SWE-bench";
  if (!suite.problems.empty()) {
    if (all_tasks(suite, [](const PatchTask& task) { return !task.difficulty.empty(); })) {
      what = "SWE-bench Verified";
    } else if (all_tasks(suite, [](const PatchTask& task) { return !task.before_tests.empty(); })) {
      what = "SWE-bench Pro";
    } else if (all_tasks(suite,
                         [](const PatchTask& task) { return !task.commands.test.empty(); })) {
      what = "SWE-rebench";
    }
  }
  return fmt::format("{} ({}), {} instances", what, file.filename().string(),
                     suite.problems.size());
}

}  // namespace

bool is_swe_bench(const fs::path& path) {
  return rows_file(path).has_value();
}

Result<Suite> load_swe_bench(const fs::path& path) {
  const auto file = rows_file(path);
  if (!file) {
    return fail(ErrorCode::NotFound, "there are no SWE-bench rows", path.string(),
                "name a .jsonl or .json file of instances, or a folder with instances.jsonl in it");
  }
  Suite suite;
  suite.name = "swe-bench";
  suite.directory = file->parent_path();
  SuiteBuilder builder(suite);
  if (is_lines_file(*file)) {
    EVAL_TRY(load_lines(*file, builder));
  } else {
    EVAL_TRY(load_whole(*file, builder));
  }
  suite.title = title_of(suite, *file);
  return suite;
}

}  // namespace eval::problems
