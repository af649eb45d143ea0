#include "judges/steps/checker.h"

#include <algorithm>

#include "base/mapped_file.h"
#include "judges/steps/comparison.h"
#include "judges/steps/execute.h"

namespace eval::judges {
namespace {

using problems::CheckerProtocol;

constexpr int kCheckerProcesses = 64;
// Makes the feedback folder; a checker finds it empty but for this.
constexpr const char* kKeepName = ".keep";
// CMS calls them so, and its checkers may open them by these names.
constexpr const char* kCmsInput = "input.txt";
constexpr const char* kCmsAnswer = "correct_output.txt";
constexpr const char* kCmsOutput = "user_output.txt";

void add_file(sandbox::Command& command, std::string name, sandbox::FileSource source) {
  command.files.push_back({std::move(name), std::move(source), false});
}

std::vector<std::string> arguments_of(const Session& session, const problems::Testcase& testcase) {
  std::vector<std::string> arguments;
  switch (session.task.checker.protocol) {
    case CheckerProtocol::Kattis:
      arguments = {kInputName, kAnswerName, kFeedbackFolder};
      break;
    case CheckerProtocol::Cms:
      arguments = {kCmsInput, kCmsAnswer, kCmsOutput};
      break;
    case CheckerProtocol::Testlib:
      arguments = {kInputName, kOutputName, kAnswerName};
      break;
  }
  const std::vector<std::string>& flags = testcase.checker_args;
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const bool is_cms = session.task.checker.protocol == CheckerProtocol::Cms;
  if (is_cms && session.task.type == problems::TaskType::BatchAndOutput) {
    arguments.emplace_back(testcase.is_output_only ? "outputonly" : "batch");
  }
  return arguments;
}

void add_data(sandbox::Command& command, CheckerProtocol protocol, CheckRequest& request) {
  const sandbox::FileSource answer{request.testcase.answer.path, std::nullopt};
  switch (protocol) {
    case CheckerProtocol::Kattis:
      add_file(command, kInputName, std::move(request.input));
      add_file(command, kAnswerName, answer);
      add_feedback_folder(command, request.feedback);
      command.standard_input.content = std::move(request.output);
      return;
    case CheckerProtocol::Cms:
      add_file(command, kCmsInput, std::move(request.input));
      add_file(command, kCmsAnswer, answer);
      add_file(command, kCmsOutput, {{}, std::move(request.output)});
      return;
    case CheckerProtocol::Testlib:
      add_file(command, kInputName, std::move(request.input));
      add_file(command, kAnswerName, answer);
      add_file(command, kOutputName, {{}, std::move(request.output)});
      return;
  }
}

bool has_threshold(const problems::Subtask& subtask) {
  return subtask.aggregation == problems::Aggregation::Threshold ||
         std::any_of(subtask.subtasks.begin(), subtask.subtasks.end(), has_threshold);
}

CheckOutcome answer_of(const Session& session, const sandbox::ExecutionResult& run) {
  const AnswerRules rules = answer_rules(session, "checker");
  switch (session.task.checker.protocol) {
    case CheckerProtocol::Kattis:
      return kattis_answer(run, feedback_of(run), rules);
    case CheckerProtocol::Cms:
      return cms_answer(run, rules);
    case CheckerProtocol::Testlib:
      return testlib_answer(run, rules);
  }
  return {};
}

Result<CheckOutcome> check_with_program(const Session& session, CheckRequest request) {
  const problems::ProgramLimits& limits = session.task.limits;
  const Program& checker = *session.checker;
  const std::string name = request.testcase.name;
  sandbox::Command command;
  command.argv =
      run_line(checker, limits.validation_memory, arguments_of(session, request.testcase));
  command.environment = sandbox::box_environment();
  command.files = checker.files;
  command.profile = checker.profile;
  command.readable_host_paths = checker.readable;
  add_data(command, session.task.checker.protocol, request);
  const sandbox::ExecutionResult run = EVAL_TRY_IN(
      session.sandbox.run(command, checker_limits(limits), session.stop), "checking " + name);
  if (run.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "checking was cancelled", "testcase " + name);
  }
  return answer_of(session, run);
}

}  // namespace

AnswerRules answer_rules(const Session& session, std::string_view speaker) {
  AnswerRules rules;
  rules.speaker = speaker;
  rules.limits = session.task.limits;
  rules.gives_score = session.task.checker.gives_score;
  if (speaker != "checker" && session.task.type == problems::TaskType::Communication) {
    rules.gives_score = session.task.is_scoring;
  }
  rules.counts_something = has_threshold(session.task.root);
  // The 2025-09 format has a default for a missing score.txt; legacy `custom score` demands it.
  rules.score_is_required =
      rules.gives_score && session.problem.format_name.find("2025") == std::string::npos;
  return rules;
}

sandbox::Limits checker_limits(const problems::ProgramLimits& limits) {
  sandbox::Limits box;
  limit_time(box, limits.validation_time);
  box.memory = limits.validation_memory;
  box.standard_output = limits.validation_output;
  box.output_file = limits.validation_output;
  box.processes = kCheckerProcesses;
  return box;
}

void add_feedback_folder(sandbox::Command& command, const Feedback& feedback) {
  const std::string folder = kFeedbackFolder;
  add_file(command, folder + kKeepName, {{}, std::string{}});
  for (const auto& [name, content] : feedback) add_file(command, folder + name, {{}, content});
  command.outputs.push_back(folder);
}

Feedback feedback_of(const sandbox::ExecutionResult& run) {
  const std::string folder = kFeedbackFolder;
  Feedback feedback;
  for (const auto& [name, content] : run.outputs) {
    if (!name.starts_with(folder) || name == folder + kKeepName) continue;
    feedback.emplace(name.substr(folder.size()), content);
  }
  return feedback;
}

Result<CheckOutcome> check(const Session& session, CheckRequest request) {
  if (session.checker != nullptr) return check_with_program(session, std::move(request));
  const MappedFile answer = EVAL_TRY_IN(MappedFile::open(request.testcase.answer.path),
                                        "answer of " + request.testcase.name);
  return compare(session.task.checker, request.testcase, answer.bytes(), request.output);
}

}  // namespace eval::judges
