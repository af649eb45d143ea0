#include "judges/swe/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "base/text.h"
#include "judges/swe/canary.h"
#include "judges/swe/integrity.h"
#include "judges/swe/run_evidence.h"
#include "judges/swe/scripts.h"
#include "judges/swe/test_report.h"

namespace eval::judges::swe {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

constexpr std::chrono::minutes kStepTime{10};  // git and patch
constexpr std::chrono::minutes kInstallTime{
    30};  // the official harness has no limit of its own for it
constexpr Bytes kLogBytes = Bytes::mib(64);
constexpr Bytes kReportBytes = Bytes::mib(64);
constexpr const char* kReportName = "report.xml";
constexpr std::size_t kShownBytes = 2000;

std::string shown(const ExecutionResult& run) {
  return shorten(to_valid_utf8(run.standard_output + run.standard_error), kShownBytes);
}

// One evaluation: the steps share all that evaluate() was given.
class Steps {
 public:
  Steps(const problems::PatchTask& task, const RepositorySpec& spec, Environment& environment,
        const EvaluationOptions& options, std::stop_token stop)
      : task_(task),
        spec_(spec),
        environment_(environment),
        options_(options),
        stop_(std::move(stop)) {}

  Result<Evaluation> run(const std::string& diff);

 private:
  Result<ExecutionResult> shell(std::string script, std::vector<sandbox::InputFile> files = {},
                                std::chrono::milliseconds time = kStepTime);
  // An Error unless the script succeeds.
  Result<void> must(std::string_view what, std::string script,
                    std::vector<sandbox::InputFile> files = {});
  Result<void> apply_patch(const std::string& diff);
  // Puts back what is protected of what has changed since the beginning.
  Result<void> restore_protected(Stage stage);
  Result<void> install();
  // What install commands did to what tests run with; ends the evaluation if they did.
  Result<void> check_tools();
  Result<void> put_tests_in_place();
  Result<void> run_tests();
  Result<ExecutionResult> run_commands(std::string_view arguments);
  Result<void> grade_run(const ExecutionResult& run);
  Result<void> check_canary();
  bool writes_report() const;
  void note(std::string_view line) { evaluation_.log += fmt::format("{}\n", line); }
  // Nothing has passed, for a reason that is the patch's.
  void refuse(std::string reason);

  const problems::PatchTask& task_;
  const RepositorySpec& spec_;
  Environment& environment_;
  const EvaluationOptions& options_;
  std::stop_token stop_;
  std::vector<std::string> commands_;  // that run the tests
  TreeState tree_before_;              // the patch
  std::string git_before_;
  std::vector<std::string> written_before_;  // outside the repository
  bool is_refused_ = false;
  Evaluation evaluation_;
};

Result<ExecutionResult> Steps::shell(std::string script, std::vector<sandbox::InputFile> files,
                                     std::chrono::milliseconds time) {
  ShellRun run;
  run.script = std::move(script);
  run.files = std::move(files);
  sandbox::Limits limits;
  limits.cpu_time = 8 * time;  // of all processes on all cores; the wall clock decides
  limits.wall_time = time;
  limits.memory = options_.memory;
  limits.processes = options_.processes;
  limits.file_size = Bytes::gib(4);
  limits.standard_output = kLogBytes;
  limits.standard_error = kLogBytes;
  ExecutionResult result = EVAL_TRY(environment_.run(run, limits, stop_));
  if (result.status == RunStatus::Cancelled)
    return fail(ErrorCode::Cancelled, "the evaluation was cancelled");
  return result;
}

Result<void> Steps::must(std::string_view what, std::string script,
                         std::vector<sandbox::InputFile> files) {
  const ExecutionResult run = EVAL_TRY(shell(std::move(script), std::move(files)));
  if (run.status == RunStatus::Exited && run.exit_code == 0) return {};
  return fail(ErrorCode::Infrastructure,
              fmt::format("{} ({})", what, sandbox::run_status_name(run.status)), task_.instance_id,
              shown(run));
}

Result<void> Steps::apply_patch(const std::string& diff) {
  std::string text = diff;
  if (!text.ends_with('\n')) text += '\n';
  const ExecutionResult run = EVAL_TRY(
      shell("exec 2>&1\n" + apply_script(options_.harness), {{"patch.diff", {{}, text}, false}}));
  evaluation_.log += run.standard_output;
  evaluation_.applied = applied_in(run.standard_output);
  note(evaluation_.applied ? ">>>>> Applied Patch" : ">>>>> Patch Apply Failed");
  if (evaluation_.applied) return {};
  evaluation_.grade = EVAL_TRY(
      grade(task_, spec_, {.log = evaluation_.log, .patch_failed = true}, options_.harness));
  if (touched_git_folder(run.standard_output)) {
    evaluation_.grade.notes.emplace_back("the patch writes into the repository's .git");
  }
  return {};
}

Result<void> Steps::restore_protected(Stage stage) {
  const TreeState now = EVAL_TRY(look_at_tree(environment_, stop_));
  const auto paths = protected_paths(task_, commands_, changes_between(tree_before_, now), stage);
  if (paths.empty()) return {};
  const ExecutionResult run = EVAL_TRY(shell(restore_script(paths)));
  if (run.status != RunStatus::Exited || run.exit_code != 0) {
    return fail(ErrorCode::Infrastructure, "protected files cannot be restored", task_.instance_id,
                shown(run));
  }
  for (const std::string& path : restored_in(run.standard_output, paths)) {
    note(">>>>> Restored: " + path);
    evaluation_.restored.push_back(path);
  }
  return {};
}

void Steps::refuse(std::string reason) {
  is_refused_ = true;
  evaluation_.grade.instance_id = task_.instance_id;
  evaluation_.grade.status = GradeStatus::Unresolved;
  evaluation_.grade.reason = reason;
  evaluation_.grade.fail_to_pass = {{}, task_.fail_to_pass};
  evaluation_.grade.pass_to_pass = {{}, task_.pass_to_pass};
  evaluation_.grade.patch_applied = true;
  note(">>>>> Refused: " + reason);
}

Result<void> Steps::install() {
  for (const std::string& command : spec_.install) {
    // No network: what is installed already must do, build tools included.
    const ExecutionResult run =
        EVAL_TRY(shell("export PIP_NO_BUILD_ISOLATION=0 PIP_NO_INDEX=1 "
                       "PIP_DISABLE_PIP_VERSION_CHECK=1\nexec 2>&1\n" +
                           command,
                       {}, kInstallTime));
    note("+ " + command);
    evaluation_.log += shorten(run.standard_output, 64 * 1024);
    note(fmt::format(
        ">>>>> Install: {}",
        run.exit_code == 0 && run.status == RunStatus::Exited
            ? "done"
            : fmt::format("{} {}", sandbox::run_status_name(run.status), run.exit_code)));
  }
  return {};
}

Result<void> Steps::check_tools() {
  if (EVAL_TRY(look_at_git_folder(environment_, stop_)) != git_before_) {
    refuse("the install commands changed the repository's .git");
    return {};
  }
  const auto written = EVAL_TRY(environment_.written_outside());
  if (!written) return {};
  std::vector<std::string> since;
  for (const std::string& path : *written) {
    if (std::ranges::find(written_before_, path) == written_before_.end()) since.push_back(path);
  }
  const auto tools = replaced_tools(since, task_.repository, [this](const std::string& path) {
    return environment_.written_content(path);
  });
  if (!tools.empty()) {
    refuse(
        fmt::format("the install commands changed what the tests run with: {}", join(tools, ", ")));
  }
  return {};
}

Result<void> Steps::put_tests_in_place() {
  std::vector<std::string> files;
  for (const PatchedFile& file : patched_files(task_.test_patch)) {
    for (const std::string& path : {file.path, file.old_path}) {
      if (!path.empty()) files.push_back(path);
    }
  }
  EVAL_TRY(must("the test files cannot be restored", restore_script(files)));
  if (task_.test_patch.empty()) return {};
  std::string text = task_.test_patch;
  if (!text.ends_with('\n')) text += '\n';
  return must("the test patch does not apply", git_settings() + "git apply -v /box/test.diff",
              {{"test.diff", {{}, text}, false}});
}

bool Steps::writes_report() const {
  return task_.eval_script.empty() && std::ranges::any_of(commands_, runs_pytest);
}

Result<ExecutionResult> Steps::run_commands(std::string_view arguments) {
  ShellRun run;
  run.script = test_script(spec_, commands_, writes_report() ? kReportName : "", arguments);
  if (writes_report()) run.outputs = {kReportName};
  sandbox::Limits limits;
  limits.wall_time = options_.test_time;
  limits.cpu_time = 64 * limits.wall_time;
  limits.memory = options_.memory;
  limits.processes = options_.processes;
  limits.file_size = Bytes::gib(4);
  limits.work_folder = Bytes::gib(1);
  limits.standard_output = kLogBytes;
  limits.output_file = kReportBytes;
  ExecutionResult result = EVAL_TRY(environment_.run(run, limits, stop_));
  if (result.status == RunStatus::Cancelled)
    return fail(ErrorCode::Cancelled, "the evaluation was cancelled");
  return result;
}

Result<void> Steps::run_tests() {
  const ExecutionResult result = EVAL_TRY(run_commands(""));
  note(fmt::format("+ {}", join(commands_, "\n+ ")));
  note(">>>>> Start Test Output");
  evaluation_.log += result.standard_output;
  if (!result.standard_output.ends_with('\n')) note("");
  note(">>>>> End Test Output");
  evaluation_.test_cpu_time = result.cpu_time;
  evaluation_.test_wall_time = result.wall_time;
  evaluation_.memory_peak = result.memory_peak;
  EVAL_TRY(grade_run(result));
  return evaluation_.grade.resolved() ? check_canary() : Result<void>();
}

Result<void> Steps::grade_run(const ExecutionResult& run) {
  RunEvidence evidence = EVAL_TRY(
      evidence_of(task_, spec_, run, writes_report() ? kReportName : "", options_.harness));
  if (!evidence.grade_as.exit_code) {
    note(">>>>> Tests Timed Out");
  } else {
    note(fmt::format(">>>>> Test Exit Code: {}", *evidence.grade_as.exit_code));
  }
  if (evidence.results) evidence.grade_as.report = &*evidence.results;
  Grade& graded = evaluation_.grade;
  graded = EVAL_TRY(grade(task_, spec_, evidence.grade_as, options_.harness));
  if (evidence.is_refuted && graded.status == GradeStatus::Invalid) {
    graded.status = GradeStatus::Unresolved;
  }
  graded.notes.insert(graded.notes.end(), evidence.notes.begin(), evidence.notes.end());
  return {};
}

Result<void> Steps::check_canary() {
  if (!options_.canary) return {};
  const auto canary = make_canary(task_, spec_, fmt::format("{:016x}", random_bits()));
  if (!canary || !task_.eval_script.empty()) return {};
  EVAL_TRY(must("a test file cannot be added to",
                fmt::format("cat /box/canary >> '{}'", replace_all(canary->file, "'", "'\\''")),
                {{"canary", {{}, canary->code}, false}}));
  const ExecutionResult run =
      EVAL_TRY(run_commands(writes_report() ? " -k " + canary->name : std::string()));
  const RunEvidence evidence = EVAL_TRY(
      evidence_of(task_, spec_, run, writes_report() ? kReportName : "", options_.harness));
  note(fmt::format(">>>>> A test that must fail ({}, exit code {}):", canary->name, run.exit_code));
  evaluation_.log += shorten(run.standard_output, 16 * 1024);
  note("");
  if (!evidence.grade_as.exit_code) {
    evaluation_.grade.notes.emplace_back("a test that must fail ran into the time limit");
    return {};
  }
  TestResults results;
  if (evidence.results) {
    results = *evidence.results;
  } else if (auto logged = parse_log(spec_.log_parser, run.standard_output, {options_.harness})) {
    results = *std::move(logged);
  }
  const bool others_ran = std::ranges::any_of(
      results.entries(), [](const auto& entry) { return is_pass(entry.second); });
  switch (canary_outcome(*canary, results)) {
    case CanaryOutcome::Failed:
      return {};
    case CanaryOutcome::Passed:
      refuse("a test that must fail has passed");
      return {};
    case CanaryOutcome::Missing:
      break;
  }
  if (evidence.is_refuted || others_ran) {
    refuse("a test that must fail was not run with the others");
  } else {
    evaluation_.grade.notes.emplace_back("a test that must fail was not taken by the test runner");
  }
  return {};
}

Result<Evaluation> Steps::run(const std::string& diff) {
  evaluation_.isolation = environment_.isolation();
  evaluation_.environment = environment_.identity();
  commands_ = options_.test_commands.empty() ? test_commands(task_, spec_) : options_.test_commands;
  if (!task_.eval_script.empty() && options_.test_commands.empty()) commands_ = {task_.eval_script};
  if (commands_.empty()) {
    return fail(ErrorCode::Unsupported,
                fmt::format("no test command is known for {} {}", task_.repository, task_.version),
                task_.instance_id, "give one in the environment");
  }
  const History history = EVAL_TRY(seal_history(environment_, task_.base_commit, stop_));
  evaluation_.history_removed = history.removed;
  if (!history.sealed()) {
    return fail(ErrorCode::Infrastructure,
                history.contains_base
                    ? fmt::format("{} commits beyond the base commit stay in the repository",
                                  history.commits_beyond)
                    : fmt::format("the environment's repository is not at {}", task_.base_commit),
                task_.instance_id, "make the environment again");
  }
  tree_before_ = EVAL_TRY(look_at_tree(environment_, stop_));
  EVAL_TRY(apply_patch(diff));
  if (!evaluation_.applied) return std::move(evaluation_);
  EVAL_TRY(restore_protected(Stage::Patched));
  if (options_.install && !spec_.install.empty()) {
    git_before_ = EVAL_TRY(look_at_git_folder(environment_, stop_));
    written_before_ = EVAL_TRY(environment_.written_outside()).value_or(std::vector<std::string>());
    EVAL_TRY(install());
    EVAL_TRY(check_tools());
    if (is_refused_) return std::move(evaluation_);
    EVAL_TRY(restore_protected(Stage::Installed));
  }
  EVAL_TRY(put_tests_in_place());
  EVAL_TRY(run_tests());
  return std::move(evaluation_);
}

}  // namespace

std::string_view apply_method_name(ApplyMethod method) {
  switch (method) {
    case ApplyMethod::GitApply:
      return "git apply";
    case ApplyMethod::ThreeWay:
      return "git apply --3way";
    case ApplyMethod::Reject:
      return "git apply --reject";
    case ApplyMethod::Patch:
      return "patch --fuzz=5";
    case ApplyMethod::AlreadyApplied:
      return "already applied";
  }
  return "";
}

Result<Evaluation> evaluate(const problems::PatchTask& task, const RepositorySpec& spec,
                            const std::string& diff, Environment& environment,
                            const EvaluationOptions& options, std::stop_token stop) {
  return Steps(task, spec, environment, options, std::move(stop)).run(diff);
}

}  // namespace eval::judges::swe
