#include "judges/steps/checker.h"

#include <fmt/format.h>

#include <cmath>

#include "base/clock.h"
#include "base/text.h"
#include "judges/steps/execute.h"

namespace eval::judges {
namespace {

// Names no checker's own files can have, so that its sources are never overwritten.
constexpr const char* kInput = ".judge/input";
constexpr const char* kAnswer = ".judge/answer";
constexpr const char* kFeedback = ".judge/feedback/";
// Exit codes of the Kattis problem format.
constexpr int kAccepted = 42;
constexpr int kRejected = 43;
constexpr int kCheckerProcesses = 64;

std::string feedback_file(std::string_view name) {
  return std::string(kFeedback) + std::string(name);
}

std::optional<std::string> feedback(const sandbox::ExecutionResult& run, std::string_view name) {
  const auto found = run.outputs.find(feedback_file(name));
  if (found == run.outputs.end()) return std::nullopt;
  return found->second;
}

sandbox::Command checker_command(const Program& checker, const problems::ProgramLimits& limits,
                                 const problems::Testcase& testcase, std::string output) {
  sandbox::Command command;
  std::vector<std::string> arguments = {kInput, kAnswer, kFeedback};
  arguments.insert(arguments.end(), testcase.checker_args.begin(), testcase.checker_args.end());
  command.argv = run_line(checker, limits.validation_memory, arguments);
  command.environment = box_environment();
  command.files = checker.files;
  command.files.push_back({kInput, {testcase.input.path, std::nullopt}, false});
  command.files.push_back({kAnswer, {testcase.answer.path, std::nullopt}, false});
  // Makes the folder; the checker finds it empty but for this.
  command.files.push_back({feedback_file(".keep"), {{}, std::string{}}, false});
  command.standard_input.content = std::move(output);
  for (const char* name :
       {"judgemessage.txt", "teammessage.txt", "score.txt", "score_multiplier.txt"}) {
    command.outputs.push_back(feedback_file(name));
  }
  command.profile = checker.profile;
  command.readable_host_paths = checker.readable;
  return command;
}

std::string how_it_ended(const sandbox::ExecutionResult& run,
                         const problems::ProgramLimits& limits) {
  switch (run.status) {
    case sandbox::RunStatus::Exited:
      return fmt::format("the checker ended with exit code {} (42 or 43 expected)", run.exit_code);
    case sandbox::RunStatus::Signalled:
      return fmt::format("the checker was ended by signal {}", run.signal);
    case sandbox::RunStatus::CpuTimeLimit:
    case sandbox::RunStatus::WallTimeLimit:
      return fmt::format("the checker ran into its time limit of {}",
                         format_duration(limits.validation_time));
    case sandbox::RunStatus::MemoryLimit:
      return fmt::format("the checker ran into its memory limit of {}",
                         to_string(limits.validation_memory));
    case sandbox::RunStatus::OutputLimit:
      return "the checker wrote more than its output limit";
    case sandbox::RunStatus::ForbiddenSyscall:
      return fmt::format("the checker made the forbidden system call {}", run.forbidden_syscall);
    case sandbox::RunStatus::GroupEnded:
      return "the checker was ended with its group";
    case sandbox::RunStatus::Deadlock:
      return "the checker and the submission waited for each other";
    case sandbox::RunStatus::Cancelled:
      return "the checker was cancelled";
  }
  return {};
}

CheckOutcome judge_error(std::string message) {
  return {Verdict::JE, std::nullopt, std::nullopt, std::move(message)};
}

// The checker's words: for the judge, else for the team, else whatever it printed.
std::string message_of(const sandbox::ExecutionResult& run) {
  for (const char* name : {"judgemessage.txt", "teammessage.txt"}) {
    const std::string text = feedback(run, name).value_or("");
    if (!trim(text).empty()) return std::string(trim(text));
  }
  return std::string(trim(run.standard_error));
}

CheckOutcome accepted(const sandbox::ExecutionResult& run, const CheckerRules& rules) {
  CheckOutcome outcome{Verdict::AC, std::nullopt, std::nullopt, message_of(run)};
  if (!rules.gives_score) return outcome;
  if (const auto text = feedback(run, "score.txt")) {
    outcome.points = parse_double(trim(*text));
    if (!outcome.points || !std::isfinite(*outcome.points)) {
      return judge_error(fmt::format("score.txt of the checker holds \"{}\", not a number",
                                     shorten(to_valid_utf8(trim(*text)), 80)));
    }
  } else if (const auto factor = feedback(run, "score_multiplier.txt")) {
    outcome.fraction = parse_double(trim(*factor));
    if (!outcome.fraction || !(*outcome.fraction >= 0) || *outcome.fraction > 1) {
      return judge_error(fmt::format("score_multiplier.txt of the checker holds \"{}\", not 0 .. 1",
                                     shorten(to_valid_utf8(trim(*factor)), 80)));
    }
  } else if (rules.score_is_required) {
    return judge_error("the checker accepted but wrote no score.txt");
  }
  return outcome;
}

}  // namespace

Result<CheckOutcome> check_with_program(sandbox::Sandbox& sandbox, const Program& checker,
                                        const CheckerRules& rules,
                                        const problems::Testcase& testcase, std::string output,
                                        std::stop_token stop) {
  const problems::ProgramLimits& limits = rules.limits;
  sandbox::Limits box;
  box.cpu_time = limits.validation_time;
  box.wall_time = wall_limit_for(limits.validation_time);
  box.memory = limits.validation_memory;
  box.standard_output = limits.validation_output;
  box.output_file = limits.validation_output;
  box.processes = kCheckerProcesses;
  const sandbox::Command command = checker_command(checker, limits, testcase, std::move(output));
  const sandbox::ExecutionResult run =
      EVAL_TRY_IN(sandbox.run(command, box, stop), "checking testcase " + testcase.name);
  if (run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "checking was cancelled", "testcase " + testcase.name);
  }
  if (run.status == sandbox::RunStatus::Exited && run.exit_code == kAccepted) {
    return accepted(run, rules);
  }
  if (run.status == sandbox::RunStatus::Exited && run.exit_code == kRejected) {
    // A rejected output has no score (problemtools calls a score.txt here an error; older
    // validators write one before they decide, so it is ignored).
    return CheckOutcome{Verdict::WA, std::nullopt, std::nullopt, message_of(run)};
  }
  std::string detail = how_it_ended(run, limits);
  const std::string said = message_of(run);
  if (!said.empty()) detail += "; it said: " + said;
  return judge_error(std::move(detail));
}

Result<CheckOutcome> check_with_default(const problems::Testcase& testcase,
                                        std::string_view output) {
  const auto flags = parse_token_flags(testcase.checker_args);
  if (!flags) return judge_error(flags.error().what);
  const std::string answer = EVAL_TRY(read_file(testcase.answer.path));
  return check_tokens(answer, output, *flags);
}

}  // namespace eval::judges
