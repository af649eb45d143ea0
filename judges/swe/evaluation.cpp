#include "judges/swe/evaluation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/swe/integrity.h"
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

// For every script: git that asks nobody and runs no hook, and takes the tree's owner for granted.
constexpr std::string_view kGitSettings = R"(
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=2
export GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=core.hooksPath GIT_CONFIG_VALUE_1=/dev/null
)";

std::string shell_word(std::string_view word) {
  return "'" + replace_all(std::string(word), "'", "'\\''") + "'";
}

std::string shown(const ExecutionResult& run) {
  return shorten(to_valid_utf8(run.standard_output + run.standard_error), kShownBytes);
}

// What official tries leave behind must not meet the next one. Files that were untracked before stay: they
// may be part of the environment.
constexpr std::string_view kResetFunctions = R"(
untracked() { git ls-files --others --exclude-standard -z | sort -z; }
untracked > /box/before
reset_tree() {
  git checkout -q HEAD -- . && git reset -q
  untracked > /box/after
  comm -z -13 /box/before /box/after | xargs -0 -r rm -f --
}
)";

// Prints "applied WORD" when one has worked.
std::string apply_script(Harness harness) {
  std::string script{kGitSettings};
  if (harness == Harness::V4) {
    script +=
        "git apply --verbose /box/patch.diff && { echo applied git; exit; }\n"
        "git apply --verbose --reject /box/patch.diff && { echo applied reject; exit; }\n"
        "patch --batch --fuzz=5 -p1 -i /box/patch.diff && { echo applied patch; exit; }\n";
    return script;
  }
  script += kResetFunctions;
  script +=
      "git apply --verbose /box/patch.diff && { echo applied git; exit; }\n"
      "reset_tree\n"
      "git apply --verbose --3way /box/patch.diff && { git reset -q; echo applied 3way; exit; }\n"
      "reset_tree\n"
      "git apply --verbose --reject /box/patch.diff && { echo applied reject; exit; }\n"
      "reset_tree\n"
      "patch --batch --fuzz=5 -p1 -i /box/patch.diff && { echo applied patch; exit; }\n"
      "reset_tree\n"
      "git apply --reverse --check /box/patch.diff && echo applied already\n";
  return script;
}

std::optional<ApplyMethod> applied_in(std::string_view output) {
  for (const auto& [word, method] : {std::pair("applied git", ApplyMethod::GitApply),
                                     std::pair("applied 3way", ApplyMethod::ThreeWay),
                                     std::pair("applied reject", ApplyMethod::Reject),
                                     std::pair("applied patch", ApplyMethod::Patch),
                                     std::pair("applied already", ApplyMethod::AlreadyApplied)}) {
    for (const std::string_view line : split_lines(output)) {
      if (line == word) return method;
    }
  }
  return std::nullopt;
}

// Files back to what HEAD has; those it does not have go.
std::string restore_script(const std::vector<std::string>& files) {
  std::string script{kGitSettings};
  for (const std::string& file : files) {
    const std::string name = shell_word(file);
    script += fmt::format(
        "if git cat-file -e HEAD:{0} 2>/dev/null; then git checkout -q HEAD -- {0}; else rm -rf -- "
        "{0}; fi || exit 4\n",
        name);
  }
  return script;
}

bool runs_pytest(std::string_view command) {
  return command.find("pytest") != std::string_view::npos || command.starts_with("tox ");
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
  Result<void> install();
  Result<void> put_tests_in_place();
  Result<void> run_tests();
  Result<void> grade_run(const ExecutionResult& run, bool writes_report);
  void note(std::string_view line) { evaluation_.log += fmt::format("{}\n", line); }

  const problems::PatchTask& task_;
  const RepositorySpec& spec_;
  Environment& environment_;
  const EvaluationOptions& options_;
  std::stop_token stop_;
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
  return {};
}

Result<void> Steps::install() {
  if (!options_.install) return {};
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
  return must("the test patch does not apply",
              std::string(kGitSettings) + "git apply -v /box/test.diff",
              {{"test.diff", {{}, text}, false}});
}

Result<void> Steps::run_tests() {
  ShellRun run;
  std::vector<std::string> commands =
      options_.test_commands.empty() ? test_commands(task_, spec_) : options_.test_commands;
  if (!task_.eval_script.empty() && options_.test_commands.empty()) commands = {task_.eval_script};
  if (commands.empty()) {
    return fail(ErrorCode::Unsupported,
                fmt::format("no test command is known for {} {}", task_.repository, task_.version),
                task_.instance_id, "give one in the environment");
  }
  run.script = "exec 2>&1\n";
  for (const std::string& command : spec_.eval_commands) run.script += command + "\n";
  for (const std::string& command : spec_.build) run.script += command + "\n";
  run.script += "status=0\n";
  for (std::string command : commands) {
    if (runs_pytest(command) && task_.eval_script.empty()) {
      command += fmt::format(" --junitxml=/box/{}", kReportName);
      run.outputs = {kReportName};
    }
    run.script += fmt::format("{}\nlast=$?; [ $last -eq 0 ] || status=$last\n", command);
  }
  run.script += "exit $status\n";
  sandbox::Limits limits;
  limits.wall_time = options_.test_time;
  limits.cpu_time = 64 * limits.wall_time;
  limits.memory = options_.memory;
  limits.processes = options_.processes;
  limits.file_size = Bytes::gib(4);
  limits.work_folder = Bytes::gib(1);
  limits.standard_output = kLogBytes;
  limits.output_file = kReportBytes;
  const ExecutionResult result = EVAL_TRY(environment_.run(run, limits, stop_));
  if (result.status == RunStatus::Cancelled)
    return fail(ErrorCode::Cancelled, "the evaluation was cancelled");
  note(fmt::format("+ {}", join(commands, "\n+ ")));
  note(">>>>> Start Test Output");
  evaluation_.log += result.standard_output;
  if (!result.standard_output.ends_with('\n')) note("");
  note(">>>>> End Test Output");
  evaluation_.test_cpu_time = result.cpu_time;
  evaluation_.test_wall_time = result.wall_time;
  evaluation_.memory_peak = result.memory_peak;
  return grade_run(result, !run.outputs.empty());
}

// The log as the runner printed it: marks that a patch prints have no meaning there.
//
// A runner that writes a report and left none has not ended as test runners do: whatever was printed then
// proves nothing, and nothing has passed.
Result<void> Steps::grade_run(const ExecutionResult& run, bool writes_report) {
  Evidence evidence;
  evidence.log = run.standard_output;
  evidence.form = LogForm::RunnerOnly;
  evidence.timed_out =
      run.status == RunStatus::WallTimeLimit || run.status == RunStatus::CpuTimeLimit;
  if (run.status == RunStatus::Exited) {
    evidence.exit_code = run.exit_code;
  } else if (!evidence.timed_out) {
    evidence.exit_code = 128 + run.signal;
  }
  note(evidence.timed_out ? std::string(">>>>> Tests Timed Out")
                          : fmt::format(">>>>> Test Exit Code: {}", *evidence.exit_code));
  std::optional<TestResults> report;
  std::string unread;
  if (const auto found = run.outputs.find(kReportName); found != run.outputs.end()) {
    std::vector<std::string> files = files_of_tests(task_.fail_to_pass);
    for (const std::string& file : files_of_tests(task_.pass_to_pass)) files.push_back(file);
    for (const std::string& file : test_directives(task_)) files.push_back(file);
    auto read = read_junit(found->second, {spec_.log_parser, options_.harness, files}, kReportName);
    if (read) {
      report = std::move(*read);
    } else {
      unread = "the test runner's report cannot be read: " + read.error().what;
    }
  }
  if (!report && writes_report && !evidence.timed_out) {
    report = TestResults();
    if (unread.empty()) unread = "the test runner left no report";
  }
  if (report) evidence.report = &*report;
  evaluation_.grade = EVAL_TRY(grade(task_, spec_, evidence, options_.harness));
  if (!unread.empty() && evaluation_.grade.status == GradeStatus::Invalid) {
    evaluation_.grade.status = GradeStatus::Unresolved;
  }
  if (!unread.empty()) evaluation_.grade.notes.push_back(unread);
  switch (run.status) {
    case RunStatus::MemoryLimit:
      evaluation_.grade.notes.push_back(
          fmt::format("the tests ran out of {} of memory", to_string(options_.memory)));
      break;
    case RunStatus::OutputLimit:
      evaluation_.grade.notes.push_back(
          fmt::format("the tests printed more than {}", to_string(kLogBytes)));
      break;
    case RunStatus::ForbiddenSyscall:
      evaluation_.grade.notes.push_back("the tests called " + run.forbidden_syscall +
                                        ", which is not allowed");
      break;
    case RunStatus::Exited:
    case RunStatus::Signalled:
    case RunStatus::CpuTimeLimit:
    case RunStatus::WallTimeLimit:
    case RunStatus::Cancelled:
    case RunStatus::GroupEnded:
    case RunStatus::Deadlock:
      break;
  }
  return {};
}

Result<Evaluation> Steps::run(const std::string& diff) {
  evaluation_.isolation = environment_.isolation();
  evaluation_.environment = environment_.identity();
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
  EVAL_TRY(apply_patch(diff));
  if (!evaluation_.applied) {
    evaluation_.grade = EVAL_TRY(
        grade(task_, spec_, {.log = evaluation_.log, .patch_failed = true}, options_.harness));
    return std::move(evaluation_);
  }
  evaluation_.restored = protected_files(task_, diff);
  if (!evaluation_.restored.empty()) {
    EVAL_TRY(must("protected files cannot be restored", restore_script(evaluation_.restored)));
    for (const std::string& file : evaluation_.restored) note(">>>>> Restored: " + file);
  }
  EVAL_TRY(install());
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
