#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/text.h"
#include "problems/formats.h"
#include "problems/package_files.h"
#include "problems/package_loader.h"
#include "problems/suite.h"

// Rules of the formats that do not keep a package from being judged; the loader notes those that do.
namespace eval::problems {
namespace {

void check_metadata(const LoadedPackage& package, Findings& findings) {
  const std::string where = (package.problem.directory / "problem.yaml").string();
  const PackageInfo& info = package.info;
  const bool legacy = info.dialect == Dialect::Legacy;
  if (info.names.empty() && !legacy) {
    findings.error("name-missing", "the problem has no name", where, "add `name`");
  } else if (info.names.empty() && package.statement.title.empty()) {
    findings.warning("name-missing", "the problem has no name", where, "add `name`");
  }
  if (info.uuid.empty() && !legacy)
    findings.warning("uuid-missing", "the problem has no uuid", where, "add `uuid`");
  if (info.license.empty() || info.license == "unknown") {
    findings.warning("license-missing", "the license is unknown", where,
                     "state it with `license`; without one nobody may use the problem");
  } else if (info.license != "public domain" && !info.has_author) {
    findings.warning("author-missing", "nobody is named who holds the rights", where,
                     legacy ? "add `author`, `source` or `rights_owner`"
                            : "add `credits`, `source` or `rights_owner`");
  }
  if (!info.limits.cpu_time) {
    findings.warning("time-limit-missing",
                     "no time limit is stated; it is derived from the accepted submissions and "
                     "differs between machines",
                     where,
                     legacy ? "state it in `.timelimit`" : "state it with `limits: time_limit`");
  }
}

void check_statement(const LoadedPackage& package, Findings& findings) {
  if (!package.statement.file.empty()) return;
  const bool legacy = package.info.dialect == Dialect::Legacy;
  findings.error(
      "statement-missing", "there is no statement", package.problem.directory.string(),
      legacy ? "add problem_statement/problem.en.tex" : "add statement/problem.en.md or .tex");
}

bool has_interaction_sample(const fs::path& package) {
  Findings ignored;
  const std::vector<PackageEntry> entries = package_entries(package / "data" / "sample", ignored);
  return std::any_of(entries.begin(), entries.end(), [](const PackageEntry& entry) {
    return entry.name.ends_with(".interaction") || entry.name.ends_with(".in.statement");
  });
}

void check_sample_and_secret(const LoadedPackage& package, Findings& findings) {
  const fs::path data = package.problem.directory / "data";
  const auto count = [&](bool sample) {
    return std::count_if(package.data.testcases.begin(), package.data.testcases.end(),
                         [&](const Testcase& testcase) { return testcase.is_sample == sample; });
  };
  if (count(true) == 0 && !has_interaction_sample(package.problem.directory))
    findings.warning("no-sample", "there is no sample testcase", data.string(),
                     "add data/sample/1.in and data/sample/1.ans");
  if (count(false) == 0)
    findings.error("no-secret", "there is no secret testcase", data.string(),
                   "add data/secret/1.in and data/secret/1.ans");
}

std::string group_of(std::string_view testcase) {
  return std::string(testcase.substr(0, testcase.rfind('/')));
}

// Equal inputs in one group say nothing new; across groups they are how subtasks share testcases.
void check_duplicates(const LoadedPackage& package, Findings& findings) {
  std::map<std::tuple<std::string, std::string, std::vector<std::string>>, std::string> seen;
  for (const Testcase& testcase : package.data.testcases) {
    const auto [first, is_new] = seen.emplace(
        std::tuple(group_of(testcase.name), testcase.input.sha256, testcase.program_args),
        testcase.name);
    if (is_new || !testcase.program_files.empty()) continue;
    findings.warning(
        "duplicate-testcase",
        fmt::format("testcases {} and {} have the same input", first->second, testcase.name),
        testcase.input.path.string(), "remove one of them");
  }
}

// Value of the first run of digits, to see "2" before "10" as people do.
std::optional<long long> leading_number(std::string_view name) {
  std::size_t end = 0;
  while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
  return parse_integer(name.substr(0, end));
}

void check_order_of(const std::vector<std::string>& names, const std::string& where,
                    Findings& findings) {
  for (std::size_t i = 1; i < names.size(); ++i) {
    const auto before = leading_number(names[i - 1]);
    const auto after = leading_number(names[i]);
    if (!before || !after || *before <= *after) continue;
    findings.warning("testcase-order",
                     fmt::format("\"{}\" is judged before \"{}\"", names[i - 1], names[i]), where,
                     "pad the numbers with zeros to one length");
    return;  // once per folder is enough
  }
}

void check_order(const DataGroup& group, const TestData& data, const fs::path& package,
                 Findings& findings) {
  std::vector<std::string> names;
  for (const DataGroup& below : group.groups) check_order(below, data, package, findings);
  for (const DataGroup::Item& item : group.items) {
    const std::string& name =
        item.is_group ? group.groups[item.index].name : data.testcases[item.index].name;
    names.push_back(name.substr(name.rfind('/') + 1));
  }
  const std::string folder = group.name == "data" ? "data" : "data/" + group.name;
  check_order_of(names, (package / folder).string(), findings);
}

const std::set<std::string, std::less<>>& source_extensions() {
  static const std::set<std::string, std::less<>> kExtensions = [] {
    std::set<std::string, std::less<>> all;
    for (const auto& [code, extensions] : kattis_languages())
      all.insert(extensions.begin(), extensions.end());
    return all;
  }();
  return kExtensions;
}

void check_submissions(const LoadedPackage& package, Findings& findings) {
  const auto& task = std::get<ProgramTask>(package.problem.task);
  const fs::path root = package.problem.directory / "submissions";
  bool accepted = false;
  for (const ReferenceSubmission& submission : task.reference_submissions) {
    accepted |= submission.name.starts_with("accepted/") ||
                submission.expected == std::vector<std::string>{"AC"};
    const bool known_source =
        std::any_of(submission.files.begin(), submission.files.end(), [](const fs::path& file) {
          return source_extensions().contains(file.extension().string());
        });
    const bool known_language =
        submission.language ? kattis_languages().contains(*submission.language) : known_source;
    if (!known_language)
      findings.warning("unknown-language",
                       fmt::format("the language of submission {} is not known", submission.name),
                       (root / submission.name).string(),
                       "rename it, or state its `language` in submissions.yaml");
  }
  if (!accepted)
    findings.error("no-accepted-submission", "there is no accepted submission", root.string(),
                   "add one in submissions/accepted/");
}

// Rules that hold for every format; the importers note what their own asks for.
void check_imported(const Problem& problem, Findings& findings) {
  const auto& task = std::get<ProgramTask>(problem.task);
  const auto& submissions = task.reference_submissions;
  const bool accepted = std::any_of(submissions.begin(), submissions.end(), [](const auto& one) {
    return one.expected == std::vector<std::string>{"AC"};
  });
  if (!accepted && task.type != TaskType::OutputOnly)
    findings.warning("no-accepted-submission", "there is no accepted submission to verify it with",
                     problem.directory.string(), "add the model solution");
}

}  // namespace

std::vector<Finding> check_package(const fs::path& directory, const LoadOptions& options) {
  Findings findings;
  const std::string slug = directory.filename().string();
  if (auto found = expect_package(directory); !found) {
    findings.fault("not-a-package", std::move(found).error());
    return findings.all();
  }
  if (format_of(directory) != nullptr) {
    const Problem problem = read_problem(directory, "check", slug, options, findings);
    if (findings.usable()) check_imported(problem, findings);
    return findings.all();
  }
  const LoadedPackage package = read_package(directory, "check", slug, options, findings);
  if (package.problem.content_hash.empty()) return findings.all();  // nothing could be read
  check_metadata(package, findings);
  check_statement(package, findings);
  check_sample_and_secret(package, findings);
  check_duplicates(package, findings);
  check_order(package.data.root, package.data, package.problem.directory, findings);
  check_submissions(package, findings);
  if (std::get<ProgramTask>(package.problem.task).input_validators.empty())
    findings.warning("no-input-validator", "nothing checks the test data",
                     package.problem.directory.string(), "add a program in input_validators/");
  return findings.all();
}

std::vector<Finding> check_rows(const Suite& suite) {
  using Severity = Finding::Severity;
  std::vector<Finding> findings;
  for (const auto& entry : suite.refused) {
    Error detail = entry.reason;
    // A row that cannot be read has no id but its place.
    if (detail.where.find(entry.id) == detail.where.npos)
      detail.what = fmt::format("{}: {}", entry.id, detail.what);
    findings.push_back({Severity::Error, "row-refused", std::move(detail)});
  }
  for (const Problem& problem : suite.problems) {
    for (const std::string& warning : problem.warnings) {
      findings.push_back({Severity::Warning, "row-warning",
                          Error{ErrorCode::BadInput, warning, problem.id, {}, 0, {}}});
    }
  }
  return findings;
}

}  // namespace eval::problems
