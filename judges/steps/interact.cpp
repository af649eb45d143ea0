#include "judges/steps/interact.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/steps/checker.h"
#include "judges/steps/checker_answer.h"
#include "judges/steps/execute.h"

namespace eval::judges {
namespace {

using problems::CheckerProtocol;
using sandbox::Channel;
using sandbox::GroupMember;

// More than any honest conversation; a submission is held to its output limit first.
constexpr Bytes kTalkMax = Bytes::mib(64);
// Of each direction, in a transcript.
constexpr std::size_t kTranscriptBytes = 2048;

int accepting_code(CheckerProtocol protocol) {
  return protocol == CheckerProtocol::Kattis ? 42 : 0;
}

// The submission's wall time includes what the interactor computes, or a slow interactor would make a
// submission that waits for it TLE. Idling is found by the deadlock rule long before.
sandbox::Limits talking_submission_limits(const Session& session) {
  sandbox::Limits limits = submission_limits(session);
  limits.wall_time += session.task.limits.validation_time;
  return limits;
}

// The interactor outlives the submissions, so that it is never the one that runs out of wall time
// while it waits for them.
sandbox::Limits interactor_limits(const Session& session, int processes) {
  sandbox::Limits limits = checker_limits(session.task.limits);
  // CMS: a second more than the submission for each process, at least what a checker has.
  const auto needed = processes * (session.cpu_time + std::chrono::seconds(1));
  limits.cpu_time = std::max(limits.cpu_time, needed);
  limits.wall_time = talking_submission_limits(session).wall_time + wall_limit_for(limits.cpu_time);
  return limits;
}

sandbox::Command interactor_command(const Session& session,
                                    const std::vector<std::string>& arguments) {
  const Program& interactor = *session.interactor;
  sandbox::Command command;
  command.argv = run_line(interactor, session.task.limits.validation_memory, arguments);
  command.environment = sandbox::box_environment();
  command.files = interactor.files;
  command.profile = interactor.profile;
  command.readable_host_paths = interactor.readable;
  return command;
}

Result<sandbox::GroupResult> run_together(const Session& session,
                                          const std::vector<GroupMember>& members,
                                          const std::vector<Channel>& channels,
                                          const std::string& testcase) {
  sandbox::GroupResult result = EVAL_TRY_IN(
      session.sandbox.run_group(members, channels, {}, session.stop), "testcase " + testcase);
  const bool cancelled = std::any_of(result.runs.begin(), result.runs.end(), [](const auto& run) {
    return run.status == sandbox::RunStatus::Cancelled;
  });
  if (cancelled) return fail(ErrorCode::Cancelled, "judging was cancelled", "testcase " + testcase);
  return result;
}

std::string with_mark(std::string_view mark, std::string_view said) {
  std::string text;
  const std::string shown = shorten(to_valid_utf8(said), kTranscriptBytes);
  for (const std::string_view line : split_lines(shown)) {
    text += fmt::format("{}{}\n", mark, line);
  }
  return text;
}

// Only the order within each direction is known.
std::string transcript_of(std::string_view to_submission, std::string_view from_submission) {
  return with_mark("< ", to_submission) + with_mark("> ", from_submission);
}

// The interactor is the last member of the group; those before it are the submission.
Meeting concluded(const Session& session, const sandbox::GroupResult& group, CheckOutcome said) {
  const std::size_t processes = group.runs.size() - 1;
  std::vector<std::size_t> order;
  std::size_t before = 0;
  for (const std::size_t member : group.end_order) {
    if (member == processes)
      before = order.size();
    else
      order.push_back(member);
  }
  const std::span<const sandbox::ExecutionResult> submission(group.runs.data(), processes);
  Meeting meeting;
  meeting.outcome =
      decide_interaction({submission, order, before, std::move(said), session.cpu_time});
  meeting.run = merged(submission, order);
  return meeting;
}

std::vector<std::string> interactor_arguments(const Session& session,
                                              const problems::Testcase& testcase) {
  const bool is_testlib = session.task.interactor->protocol == CheckerProtocol::Testlib;
  if (is_testlib) return {kInputName, kOutputName, kAnswerName};
  std::vector<std::string> arguments = {kInputName, kAnswerName, kFeedbackFolder};
  const std::vector<std::string>& flags = testcase.checker_args;
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  return arguments;
}

}  // namespace

Result<Meeting> meet_interactor(const Session& session, const problems::Testcase& testcase,
                                const Pass& pass) {
  const CheckerProtocol protocol = session.task.interactor->protocol;
  sandbox::Command interactor =
      interactor_command(session, interactor_arguments(session, testcase));
  interactor.files.push_back({kInputName, pass.input, false});
  interactor.files.push_back({kAnswerName, {testcase.answer.path, std::nullopt}, false});
  if (protocol == CheckerProtocol::Kattis) add_feedback_folder(interactor, pass.feedback);
  if (protocol == CheckerProtocol::Testlib) interactor.outputs = {kOutputName};
  const std::vector<GroupMember> members = {
      {submission_command(session, testcase), talking_submission_limits(session), std::nullopt},
      {std::move(interactor), interactor_limits(session, 1), accepting_code(protocol)}};
  // A submission that closes its output and goes on is judged by how it ends, not by what the
  // interactor makes of the silence (as in BAPCtools).
  const std::vector<Channel> channels = {
      {{0, {}}, {1, {}}, session.task.limits.output, /*ends_with_writer=*/true},
      {{1, {}}, {0, {}}, kTalkMax}};
  const sandbox::GroupResult group =
      EVAL_TRY(run_together(session, members, channels, testcase.name));
  const AnswerRules rules = answer_rules(session, "interactor");
  const sandbox::ExecutionResult& ended = group.runs.back();
  CheckOutcome said = protocol == CheckerProtocol::Testlib
                          ? testlib_answer(ended, rules)
                          : kattis_answer(ended, feedback_of(ended), rules);
  Meeting meeting = concluded(session, group, std::move(said));
  meeting.output = group.channels[0].beginning;
  meeting.transcript = transcript_of(group.channels[1].beginning, meeting.output);
  const auto written = ended.outputs.find(kOutputName);
  const bool goes_on = protocol == CheckerProtocol::Testlib && session.checker != nullptr &&
                       meeting.outcome.verdict == Verdict::AC && !meeting.outcome.points;
  if (goes_on && written != ended.outputs.end()) {
    meeting.outcome = EVAL_TRY(check(session, {testcase, pass.input, written->second}));
  }
  return meeting;
}

namespace {

// Two FIFOs between the manager and process `i`; names as CMS gives them.
struct FifoPair {
  std::string to_manager;
  std::string to_user;
};

// The two channels of a pair, that from the submission first.
std::vector<Channel> channels_of(const FifoPair& pair, std::size_t user, std::size_t manager,
                                 bool user_has_fifos, bool swapped, Bytes bytes_max) {
  const std::string& up = swapped ? pair.to_user : pair.to_manager;
  const std::string& down = swapped ? pair.to_manager : pair.to_user;
  return {{{user, user_has_fifos ? up : std::string{}}, {manager, up}, bytes_max},
          {{manager, down}, {user, user_has_fifos ? down : std::string{}}, bytes_max}};
}

// Everybody waited and nobody had said a word.
bool is_silent(const sandbox::GroupResult& group) {
  return std::any_of(group.runs.begin(), group.runs.end(),
                     [](const auto& run) { return run.status == sandbox::RunStatus::Deadlock; }) &&
         std::all_of(group.channels.begin(), group.channels.end(),
                     [](const auto& channel) { return channel.transferred.count == 0; });
}

Result<sandbox::GroupResult> run_with_manager(const Session& session,
                                              const problems::Testcase& testcase, bool swapped) {
  const problems::Interactor& rules = *session.task.interactor;
  const auto processes = static_cast<std::size_t>(std::max(1, rules.processes));
  std::vector<GroupMember> members;
  std::vector<Channel> channels;
  std::vector<std::string> manager_arguments;
  const Bytes bytes_max = std::max(kTalkMax, session.task.limits.output);
  for (std::size_t i = 0; i < processes; ++i) {
    const FifoPair pair{fmt::format("u{}_to_m", i), fmt::format("m_to_u{}", i)};
    manager_arguments.insert(manager_arguments.end(), {pair.to_manager, pair.to_user});
    std::vector<std::string> arguments;
    if (rules.uses_fifos) arguments = {pair.to_user, pair.to_manager};
    if (processes > 1) arguments.push_back(fmt::format("{}", i));
    members.push_back({submission_command(session, testcase, arguments),
                       talking_submission_limits(session), std::nullopt});
    const std::vector<Channel> both =
        channels_of(pair, i, processes, rules.uses_fifos, swapped, bytes_max);
    channels.insert(channels.end(), both.begin(), both.end());
  }
  sandbox::Command manager = interactor_command(session, manager_arguments);
  // CMS gives both: older managers open the file, newer ones read the stream.
  manager.files.push_back({"input.txt", {testcase.input.path, std::nullopt}, false});
  manager.standard_input.host_path = testcase.input.path;
  members.push_back({std::move(manager), interactor_limits(session, static_cast<int>(processes)),
                     accepting_code(CheckerProtocol::Cms)});
  return run_together(session, members, channels, testcase.name);
}

}  // namespace

Result<Meeting> meet_manager(const Session& session, const problems::Testcase& testcase) {
  std::atomic<bool>* const known = session.fifos_are_swapped;
  const bool swapped = known != nullptr && known->load();
  sandbox::GroupResult group = EVAL_TRY(run_with_manager(session, testcase, swapped));
  if (session.task.interactor->uses_fifos && known != nullptr && !swapped && is_silent(group)) {
    sandbox::GroupResult other = EVAL_TRY(run_with_manager(session, testcase, true));
    if (!is_silent(other)) {
      known->store(true);
      group = std::move(other);
    }
  }
  Meeting meeting =
      concluded(session, group, cms_answer(group.runs.back(), answer_rules(session, "manager")));
  meeting.output = group.channels[0].beginning;
  meeting.transcript = transcript_of(group.channels[1].beginning, meeting.output);
  return meeting;
}

Result<Meeting> meet_in_two_steps(const Session& session, const problems::Testcase& testcase) {
  const std::string fifo = "fifo";
  const sandbox::Limits limits = submission_limits(session);
  std::vector<GroupMember> members = {
      {submission_command(session, testcase, {"0", fifo}), limits, std::nullopt},
      {submission_command(session, testcase, {"1", fifo}), limits, std::nullopt}};
  members[0].command.standard_input.host_path = testcase.input.path;
  const std::vector<Channel> channels = {
      {{0, fifo}, {1, fifo}, std::max(kTalkMax, session.task.limits.output)}};
  const sandbox::GroupResult group =
      EVAL_TRY(run_together(session, members, channels, testcase.name));
  const std::vector<std::size_t> in_order = {0, 1};
  Meeting meeting;
  meeting.run = merged(group.runs, in_order);
  meeting.output = group.runs[1].standard_output;
  meeting.transcript = with_mark("> ", group.channels[0].beginning);
  const Interaction interaction{group.runs, group.end_order, group.end_order.size(),
                                CheckOutcome{Verdict::AC, std::nullopt, std::nullopt, {}},
                                session.cpu_time};
  meeting.outcome = decide_interaction(interaction);
  if (meeting.outcome.verdict == Verdict::AC) {
    const sandbox::FileSource input{testcase.input.path, std::nullopt};
    meeting.outcome = EVAL_TRY(check(session, {testcase, input, meeting.output}));
  }
  return meeting;
}

}  // namespace eval::judges
