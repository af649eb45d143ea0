#include "problems/package_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "problems/expectations.h"
#include "problems/formats.h"
#include "problems/grading.h"
#include "problems/package_files.h"
#include "problems/programs.h"

namespace eval::problems {
namespace {

// `@EXPECTED_SCORE@` is DOMjudge's own: a legacy package whose submissions carry it was written
// against DOMjudge's reading of testdata.yaml, which is not Kattis's.
bool expects_domjudge_scores(const fs::path& package) {
  Findings ignored;  // the same folders are read again, and reported, by read_submissions
  for (const fs::path& file : package_files_below(package / "submissions", ignored)) {
    if (read_source_tags({file}).score) return true;
  }
  return false;
}

std::vector<std::string> secret_groups(const DataGroup& root) {
  std::vector<std::string> names;
  for (const DataGroup& group : root.groups) {
    if (group.name != "secret") continue;
    for (const DataGroup& below : group.groups) {
      if (has_testcases(below)) names.push_back(below.name);
    }
  }
  return names;
}

ProgramTask read_task(const fs::path& directory, LoadedPackage& package, double& points_max,
                      Findings& findings) {
  const PackageInfo& info = package.info;
  ProgramTask task;
  task.is_scoring = info.is_scoring;
  if (info.is_interactive) task.type = TaskType::Interactive;
  task.is_multi_pass = info.is_multi_pass;
  task.passes_max = info.passes_max;
  task.limits = info.limits;
  task.languages = info.languages;
  task.checker = find_checker(directory, info, findings);
  if (info.is_interactive && task.checker.program) {
    task.interactor = Interactor{.program = *task.checker.program};
  }
  task.included = find_include_files(directory, findings);
  for (const fs::path& program : find_input_validators(directory, findings)) {
    task.input_validators.push_back({.program = program});
  }

  if (info.dialect == Dialect::Legacy && info.is_scoring && expects_domjudge_scores(directory)) {
    package.data.style = GradingStyle::Domjudge;
    task.checker.gives_score = task.checker.program.has_value();
  }
  Grading grading =
      make_grading(package.data, info, task.checker, find_grader(directory, findings), findings);
  points_max = grading.points_max;
  check_checker_flags(package.data, info, task.checker, findings);

  PromiseContext context;
  context.dialect = info.dialect;
  context.is_scoring = info.is_scoring;
  // A legacy checker that gives the points measures how good an output is; "accepted" promises that
  // outputs are valid, and no more (scc2021 uuu: accepted submissions of 8 to 84 points).
  const bool is_measured = info.dialect == Dialect::Legacy && task.checker.gives_score;
  if (!is_measured) context.full_score = grading.root.points;
  context.secret_groups = secret_groups(package.data.root);
  task.reference_submissions = read_submissions(directory, context, findings);

  task.root = std::move(grading.root);
  task.testcases = package.data.testcases;
  return task;
}

// A Problem that says where it is, and nothing yet of what is in it.
Problem named_problem(const fs::path& root, std::string suite, std::string slug) {
  Problem problem;
  problem.directory = root;
  problem.task = ProgramTask{};
  problem.id = suite + "/" + slug;
  problem.suite = std::move(suite);
  problem.slug = std::move(slug);
  return problem;
}

void warn_of_missing_statement(const Problem& problem, bool is_pdf, Findings& findings) {
  if (!problem.statement.empty()) return;
  findings.warning(
      "statement-text", is_pdf ? "the only statement is a PDF" : "there is no statement",
      problem.directory.string(), "add the statement as Markdown or LaTeX to put it in a prompt");
}

Problem import_problem(const PackageFormat& format, const fs::path& root, Problem problem,
                       const LoadOptions& options, Findings& findings) {
  check_package_links(root, options.links_within, findings);
  // What a link shows from outside is none of ours: nothing is read through it.
  if (!findings.usable()) return problem;
  Import import{.root = root, .options = options, .findings = findings, .problem = problem};
  format.load(import);
  if (import.task.testcases.empty() && findings.usable()) {
    findings.fault("no-testcases", "the package has no testcases", root.string(),
                   "add them, or name the folder that has them");
  }
  problem.task = std::move(import.task);
  if (problem.title.empty()) problem.title = problem.slug;
  warn_of_missing_statement(problem, problem.statement_format == StatementFormat::Pdf, findings);
  problem.content_hash = content_hash(problem, findings);
  problem.warnings = findings.warnings();
  return problem;
}

}  // namespace

LoadedPackage read_package(const fs::path& directory, std::string suite, std::string slug,
                           const LoadOptions& options, Findings& findings) {
  LoadedPackage package;
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  package.problem = named_problem(root, std::move(suite), std::move(slug));
  check_package_links(root, options.links_within, findings);
  // What a link shows from outside is none of ours: nothing is read through it.
  if (!findings.usable()) return package;
  package.info = read_package_info(root, findings);
  package.statement = read_statement(root, package.info, findings);
  package.data = read_test_data(root, package.info, findings);
  if (package.data.testcases.empty()) {
    findings.fault("no-testcases", "there are no testcases below data/secret or data/sample",
                   (root / "data").string(), "add data/secret/1.in and data/secret/1.ans");
  }

  Problem& problem = package.problem;
  problem.title = package.statement.title.empty() ? problem.slug : package.statement.title;
  problem.statement = package.statement.text;
  problem.statement_format = package.statement.format;
  problem.license = package.info.license;
  problem.source = package.info.source;
  problem.format_name = dialect_name(package.info.dialect);
  problem.task = read_task(root, package, problem.points_max, findings);
  warn_of_missing_statement(problem, !package.statement.file.empty(), findings);
  problem.content_hash = content_hash(problem, findings);
  problem.warnings = findings.warnings();
  return package;
}

Problem read_problem(const fs::path& directory, std::string suite, std::string slug,
                     const LoadOptions& options, Findings& findings) {
  const PackageFormat* format = format_of(directory);
  if (format == nullptr)
    return read_package(directory, std::move(suite), std::move(slug), options, findings).problem;
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  return import_problem(*format, root, named_problem(root, std::move(suite), std::move(slug)),
                        options, findings);
}

bool is_package(const fs::path& directory) {
  if (is_file(directory / "problem.yaml")) return true;
  const PackageFormat* format = format_of(directory);
  return format != nullptr && format->load != nullptr;
}

bool looks_like_package(const fs::path& directory) {
  if (is_file(directory / "problem.yaml") || format_of(directory) != nullptr) return true;
  return is_folder(directory / "data" / "secret") || is_folder(directory / "data" / "sample");
}

Result<void> expect_package(const fs::path& directory) {
  if (!is_folder(directory)) {
    return fail(ErrorCode::NotFound, fmt::format("there is no folder \"{}\"", directory.string()));
  }
  if (is_file(directory / "problem.yaml")) return {};
  const PackageFormat* format = format_of(directory);
  if (format != nullptr && format->load != nullptr) return {};
  if (format != nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("the folder holds {}, which is not read", format->name),
                directory.string(), "convert it to the Kattis problem package format");
  }
  return fail(ErrorCode::NotFound,
              "problem.yaml is missing: the folder is not a Kattis problem package",
              directory.string(), "add problem.yaml, or name the folder that has it");
}

}  // namespace eval::problems
