#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/text.h"
#include "evaluator/cli/attempt_text.h"
#include "evaluator/cli/commands.h"
#include "evaluator/cli/verify.h"
#include "judges/profile.h"
#include "problems/prediction_task.h"
#include "problems/suite.h"

namespace eval::cli {
namespace {

struct ProblemsOptions {
  std::vector<std::string> targets;
  std::string filter;
  int jobs = 1;
  std::string profile = "default";
  bool generators = false;
};

Json problem_json(const problems::Problem& problem) {
  Json json = {{"id", problem.id},
               {"title", problem.title},
               {"kind", problems::asked_for(problem)},
               {"format", problem.format_name},
               {"points_max", problem.points_max},
               {"content_hash", problem.content_hash},
               {"license", problem.license},
               {"source", problem.source},
               {"warnings", problem.warnings}};
  const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
  if (task == nullptr) return json;
  json["testcases"] = task->testcases.size();
  json["scoring"] = task->is_scoring;
  json["type"] = problems::task_type_name(task->type);
  json["multi_pass"] = task->is_multi_pass;
  json["custom_checker"] = task->checker.program.has_value();
  json["time_limit_ms"] = task->limits.cpu_time ? Json(task->limits.cpu_time->count()) : Json();
  json["memory_limit_bytes"] = task->limits.memory.count;
  json["reference_submissions"] = task->reference_submissions.size();
  return json;
}

std::vector<std::string> problem_row(const problems::Problem& problem) {
  const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
  if (task == nullptr) {
    return {problem.id, problem.format_name, std::string(problems::asked_for(problem)), "-", "-",
            "-",        problem.title};
  }
  return {problem.id,
          problem.format_name,
          task->is_scoring ? fmt::format("{:g} points", problem.points_max) : "pass-fail",
          std::to_string(task->testcases.size()),
          task->limits.cpu_time ? format_duration(*task->limits.cpu_time) : "derived",
          to_string(task->limits.memory),
          printable(problem.title)};
}

// The suites the user named, or all built-in ones.
Result<std::vector<problems::Suite>> load_targets(const Context& context,
                                                  const ProblemsOptions& options) {
  std::vector<std::string> names = options.targets;
  if (names.empty()) names = problems::list_suites(suite_folders(context));
  std::vector<problems::Suite> suites;
  std::vector<Error> faults;
  for (const std::string& name : names) {
    auto suite = problems::load_suite(name, load_options(context));
    if (!suite) {
      faults.push_back(std::move(suite).error());
      continue;
    }
    if (!options.filter.empty()) {
      std::erase_if(suite->problems, [&](const problems::Problem& problem) {
        return !matches_glob(problem.id, options.filter);
      });
    }
    suites.push_back(std::move(*suite));
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return suites;
}

ExitCode list(const Context& context, const ProblemsOptions& options) {
  const auto suites = load_targets(context, options);
  if (!suites) return report_error(suites.error());
  Json json = Json::array();
  std::vector<std::vector<std::string>> rows = {
      {"PROBLEM", "FORMAT", "SCORING", "TESTS", "TIME", "MEMORY", "TITLE"}};
  std::string refused_text;
  for (const problems::Suite& suite : *suites) {
    Json entries = Json::array();
    for (const problems::Problem& problem : suite.problems) {
      entries.push_back(problem_json(problem));
      rows.push_back(problem_row(problem));
    }
    Json refused = Json::array();
    for (const auto& entry : suite.refused) {
      refused.push_back({{"id", entry.id}, {"reason", entry.reason.what}});
      refused_text += fmt::format("  {}: {}\n", entry.id, entry.reason.what);
    }
    json.push_back({{"suite", suite.name},
                    {"title", suite.title},
                    {"contest", suite.contest},
                    {"problems", entries},
                    {"refused", refused}});
  }
  if (context.json) {
    print_json({{"suites", json}});
    return ExitCode::Done;
  }
  print_result(format_table(rows));
  if (!refused_text.empty()) narrate(context, "not usable here:\n" + refused_text);
  return ExitCode::Done;
}

// A package folder, or "suite/slug" of a named suite.
Result<problems::Problem> load_one(const Context& context, const std::string& target) {
  std::error_code error;
  if (fs::exists(target, error)) {
    const fs::path folder = fs::path(target).lexically_normal();
    problems::LoadOptions options = load_options(context);
    options.suite_folders.clear();
    auto suite = EVAL_TRY(problems::load_suite(target, options));
    if (suite.problems.size() == 1) return suite.problems.front();
    if (suite.problems.empty() && !suite.refused.empty()) return fail(suite.refused.front().reason);
    return fail(
        ErrorCode::Usage, fmt::format("\"{}\" holds {} problems", target, suite.problems.size()),
        {},
        suite.problems.empty()
            ? std::string()
            : fmt::format("name one of them, as \"{}\"; `evalctl problems list {}` lists them",
                          (folder / suite.problems.front().slug).string(), target));
  }
  // A data set has no folder for a problem: what is before the last slash is where it lies.
  const std::size_t slash = target.rfind('/');
  const bool is_inside = slash != target.npos && fs::exists(target.substr(0, slash), error);
  const std::string suite_name = target.substr(0, is_inside ? slash : target.find('/'));
  auto suite = EVAL_TRY(problems::load_suite(suite_name, load_options(context)));
  std::vector<std::string> ids;
  for (problems::Problem& problem : suite.problems) {
    const std::string id = is_inside ? suite_name + "/" + problem.slug : problem.id;
    if (id == target) return std::move(problem);
    ids.push_back(id);
  }
  const auto closest = closest_match(target, ids);
  return fail(ErrorCode::NotFound, fmt::format("there is no problem \"{}\"", target), {},
              closest ? fmt::format("did you mean \"{}\"?", *closest)
                      : fmt::format("`evalctl problems list {}` lists what there is", suite_name));
}

ExitCode show(const Context& context, const ProblemsOptions& options) {
  const auto problem = load_one(context, options.targets.front());
  if (!problem) return report_error(problem.error());
  Json json = problem_json(*problem);
  if (context.json) {
    json["statement"] = problem->statement;
    print_json(json);
    return ExitCode::Done;
  }
  std::string text;
  for (const auto& [key, value] : json.items()) {
    if (key == "warnings") continue;
    text +=
        fmt::format("{:<22} {}\n", key,
                    value.is_string() ? printable(value.get<std::string>()) : to_json_line(value));
  }
  for (const std::string& warning : problem->warnings)
    text += "warning: " + printable(warning) + "\n";
  print_result(text + "\n" + printable(problem->statement));
  return ExitCode::Done;
}

// Package folders at or below `target`.
std::vector<fs::path> package_folders(const fs::path& target) {
  std::error_code error;
  if (problems::is_package(target)) return {target};
  std::vector<fs::path> folders;
  fs::recursive_directory_iterator entry(target, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_directory(error) || !problems::is_package(entry->path())) continue;
    folders.push_back(entry->path());
    entry.disable_recursion_pending();
  }
  std::sort(folders.begin(), folders.end());
  // Not a package: let the check say what is missing.
  if (folders.empty()) folders.push_back(target);
  return folders;
}

// What `check` says, of one package or data set after the other.
struct CheckReport {
  Json list = Json::array();
  std::string text;
  bool clean = true;

  // `entry`: what the JSON says besides findings; `facts`: what the summary says before them.
  void add(const std::string& name, const std::vector<problems::Finding>& findings, Json entry,
           const std::string& facts) {
    Json entries = Json::array();
    std::size_t errors = 0;
    for (const problems::Finding& finding : findings) {
      const bool is_error = finding.severity == problems::Finding::Severity::Error;
      errors += is_error ? 1 : 0;
      const char* severity = is_error ? "error" : "warning";
      entries.push_back({{"severity", severity},
                         {"rule", finding.rule},
                         {"what", finding.detail.what},
                         {"where", finding.detail.where},
                         {"help", finding.detail.help}});
      text += fmt::format("{}: {} [{}]\n", severity, describe(finding.detail), finding.rule);
    }
    clean = clean && errors == 0;
    entry["findings"] = entries;
    list.push_back(std::move(entry));
    const std::size_t warnings = findings.size() - errors;
    text += fmt::format(
        "{}: {}{}\n", name, facts,
        findings.empty() ? "no findings"
                         : fmt::format("{} error{}, {} warning{}", errors, errors == 1 ? "" : "s",
                                       warnings, warnings == 1 ? "" : "s"));
  }
};

// Rows of a data set: how many problems and tests they are, from when, and what is wrong with them.
void check_data_set(const Context& context, const std::string& target, CheckReport& report) {
  const auto suite = problems::load_suite(target, load_options(context));
  if (!suite) {
    const problems::Finding finding{problems::Finding::Severity::Error, "data-set", suite.error()};
    report.add(target, {finding}, {{"package", target}}, "");
    return;
  }
  std::size_t tests = 0;
  std::string first_day;
  std::string last_day;
  for (const problems::Problem& problem : suite->problems) {
    const auto* task = std::get_if<problems::ProgramTask>(&problem.task);
    tests += task == nullptr ? 0 : task->testcases.size();
    const auto rows = problems::livecodebench_facts(problem.source);
    if (!rows || rows->date.empty()) continue;
    if (first_day.empty() || rows->date < first_day) first_day = rows->date;
    last_day = std::max(last_day, rows->date);
  }
  const std::size_t problems = suite->problems.size();
  // Most titles say how many problems there are.
  std::string facts = suite->title;
  if (facts.find(std::to_string(problems)) == facts.npos) {
    facts += fmt::format(", {} {}", problems, problems == 1 ? "problem" : "problems");
  }
  if (tests > 0) facts += fmt::format(", {} {}", tests, tests == 1 ? "test" : "tests");
  if (!first_day.empty()) facts += fmt::format(", {} to {}", first_day, last_day);
  report.add(target, problems::check_rows(*suite),
             {{"package", target},
              {"title", suite->title},
              {"problems", problems},
              {"testcases", tests},
              {"first_date", first_day.empty() ? Json() : Json(first_day)},
              {"last_date", last_day.empty() ? Json() : Json(last_day)}},
             facts + "; ");
}

ExitCode check(const Context& context, const ProblemsOptions& options) {
  CheckReport report;
  for (const std::string& target : options.targets) {
    if (problems::is_data_set(target)) {
      check_data_set(context, target, report);
      continue;
    }
    problems::LoadOptions loading = load_options(context);
    loading.links_within = target;
    for (const fs::path& folder : package_folders(target)) {
      report.add(folder.string(), problems::check_package(folder, loading),
                 {{"package", folder.string()}}, "");
    }
  }
  if (context.json)
    print_json({{"packages", report.list}});
  else
    print_result(printable(report.text));
  return report.clean ? ExitCode::Done : ExitCode::Regression;
}

ExitCode verify(const Context& context, const ProblemsOptions& options) {
  const auto suites = load_targets(context, options);
  if (!suites) return report_error(suites.error());
  return verify_suites(
      context, *suites,
      {.jobs = options.jobs, .profile = options.profile, .generators = options.generators});
}

using Command = ExitCode (*)(const Context&, const ProblemsOptions&);

CLI::App* add(CLI::App& parent, Action& chosen, const std::string& name,
              const std::string& description, const std::string& target_help, bool needs_target,
              Command command, std::shared_ptr<ProblemsOptions>& options) {
  CLI::App* app = parent.add_subcommand(name, description);
  options = std::make_shared<ProblemsOptions>();
  CLI::Option* targets = app->add_option("target", options->targets, target_help);
  if (needs_target) targets->required();
  app->callback([&chosen, options, command] {
    chosen = [options, command](const Context& context) { return command(context, *options); };
  });
  return app;
}

}  // namespace

void add_problems_commands(CLI::App& app, Action& chosen) {
  CLI::App* parent = app.add_subcommand("problems", "Look at and check problem packages");
  parent->require_subcommand(1);
  std::shared_ptr<ProblemsOptions> options;
  CLI::App* command = add(*parent, chosen, "list", "List the problems of suites or folders",
                          "Suites or folders (default: the built-in suites)", false, list, options);
  command->add_option("--filter", options->filter, "Only problems whose id matches this pattern");
  add(*parent, chosen, "show", "Show one problem",
      "A package folder, or SUITE/SLUG of a suite or of a folder with a data set", true, show,
      options);
  add(*parent, chosen, "check",
      "Check packages and data sets against the rules of their format; runs nothing",
      "Package folders, folders that hold packages, or data sets", true, check, options);
  command = add(*parent, chosen, "verify",
                "Judge the reference submissions of packages and compare with what they promise",
                "Package folders, folders that hold packages, or suites", true, verify, options);
  command->add_option("--filter", options->filter, "Only problems whose id matches this pattern");
  command->add_option("-j,--jobs", options->jobs, "Submissions judged at once")
      ->envname("EVALCTL_JOBS")
      ->check(CLI::Range(1, 1024));
  command
      ->add_option("--profile", options->profile,
                   "Contest environment: compiler lines, languages, time factors")
      ->type_name("{" + join(judges::profile_names(), ",") + "}");
  command->add_flag("--generators", options->generators, "Build the packages' generators too");
  add_pull_command(*parent, chosen);
}

}  // namespace eval::cli
