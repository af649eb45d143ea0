#include "judges/steps/checker_answer.h"

#include <fmt/format.h>

#include <cmath>

#include "base/clock.h"
#include "base/text.h"

namespace eval::judges {
namespace {

// Exit codes of the Kattis problem format.
constexpr int kKattisAccepted = 42;
constexpr int kKattisRejected = 43;
// Exit codes of testlib.h as it is compiled by default.
constexpr int kTestlibOk = 0;
constexpr int kTestlibWrong = 1;
constexpr int kTestlibPresentation = 2;
constexpr int kTestlibFail = 3;
constexpr int kTestlibDirt = 4;
constexpr int kTestlibPoints = 7;
constexpr int kTestlibUnexpectedEnd = 8;
constexpr int kTestlibPartialBase = 16;
constexpr int kTestlibPartialMax = kTestlibPartialBase + 100;
// Of what a broken checker said, in a message.
constexpr std::size_t kShownBytes = 2048;

std::string file_of(const Feedback& feedback, const std::string& name) {
  const auto found = feedback.find(name);
  return found == feedback.end() ? std::string{} : std::string(trim(found->second));
}

std::string shown(std::string_view text) {
  return shorten(to_valid_utf8(trim(text)), kShownBytes);
}

std::string how_it_ended(const sandbox::ExecutionResult& run, const AnswerRules& rules,
                         std::string_view expected) {
  using sandbox::RunStatus;
  const std::string who = fmt::format("the {}", rules.speaker);
  switch (run.status) {
    case RunStatus::Exited:
      return fmt::format("{} ended with exit code {} ({} expected)", who, run.exit_code, expected);
    case RunStatus::Signalled:
      return fmt::format("{} was ended by signal {}", who, run.signal);
    case RunStatus::CpuTimeLimit:
    case RunStatus::WallTimeLimit:
      return fmt::format("{} ran into its time limit of {}", who,
                         format_duration(rules.limits.validation_time));
    case RunStatus::MemoryLimit:
      return fmt::format("{} ran into its memory limit of {}", who,
                         to_string(rules.limits.validation_memory));
    case RunStatus::OutputLimit:
      return who + " wrote more than its output limit";
    case RunStatus::ForbiddenSyscall:
      return fmt::format("{} made the forbidden system call {}", who, run.forbidden_syscall);
    case RunStatus::GroupEnded:
      return who + " was ended with its group";
    case RunStatus::Deadlock:
      return who + " and the submission waited for each other";
    case RunStatus::Cancelled:
      return who + " was cancelled";
  }
  return {};
}

CheckOutcome judge_error(std::string message) {
  return {Verdict::JE, std::nullopt, std::nullopt, std::move(message)};
}

// JE with everything a broken program said.
CheckOutcome broken(std::string why, const sandbox::ExecutionResult& run, std::string_view said) {
  if (!trim(said).empty()) why += "; it said: " + shown(said);
  if (!trim(run.standard_output).empty()) why += "; it printed: " + shown(run.standard_output);
  return judge_error(std::move(why));
}

bool exited_with(const sandbox::ExecutionResult& run, int code) {
  return run.status == sandbox::RunStatus::Exited && run.exit_code == code;
}

// Reads what the checker left about points into `outcome`; JE if it cannot be read or is missing.
CheckOutcome with_kattis_score(CheckOutcome outcome, const Feedback& feedback,
                               const AnswerRules& rules) {
  if (feedback.contains("score.txt")) {
    const std::string text = file_of(feedback, "score.txt");
    outcome.points = parse_double(text);
    if (outcome.points && std::isfinite(*outcome.points)) return outcome;
    return judge_error(fmt::format("score.txt of the {} holds \"{}\", not a number", rules.speaker,
                                   shorten(to_valid_utf8(text), 80)));
  }
  if (feedback.contains("score_multiplier.txt")) {
    const std::string text = file_of(feedback, "score_multiplier.txt");
    outcome.fraction = parse_double(text);
    if (outcome.fraction && *outcome.fraction >= 0 && *outcome.fraction <= 1) return outcome;
    return judge_error(fmt::format("score_multiplier.txt of the {} holds \"{}\", not 0 .. 1",
                                   rules.speaker, shorten(to_valid_utf8(text), 80)));
  }
  if (rules.score_is_required && !feedback.contains("nextpass.in")) {
    return judge_error(fmt::format("the {} accepted but wrote no score.txt", rules.speaker));
  }
  return outcome;
}

std::string_view first_line(std::string_view text) {
  return trim(text.substr(0, text.find('\n')));
}

Verdict verdict_of_fraction(double fraction, const AnswerRules& rules) {
  if (fraction <= 0) return Verdict::WA;
  if (fraction >= 1) return Verdict::AC;
  return rules.gives_score ? Verdict::PC : Verdict::WA;
}

std::string cms_message(std::string_view standard_error, double fraction) {
  const std::string_view line = first_line(standard_error);
  constexpr std::string_view kStock = "translate:";
  if (!line.starts_with(kStock)) return std::string(line);
  const std::string_view name = trim(line.substr(kStock.size()));
  if (name == "success") return "Output is correct";
  if (name == "wrong") return "Output isn't correct";
  if (name == "partial") return "Output is partially correct";
  return fmt::format("{} ({:g})", name, fraction);
}

// The number that follows the word "points" at the beginning of testlib's message.
std::optional<double> testlib_points(std::string_view said) {
  const std::vector<std::string_view> words = split_words(said);
  const std::size_t at = !words.empty() && words.front() == "points" ? 1 : 0;
  return words.size() > at ? parse_double(words[at]) : std::nullopt;
}

}  // namespace

CheckOutcome kattis_answer(const sandbox::ExecutionResult& run, Feedback feedback,
                           const AnswerRules& rules) {
  std::string message = file_of(feedback, "judgemessage.txt");
  if (message.empty()) message = file_of(feedback, "teammessage.txt");
  if (message.empty()) message = std::string(trim(run.standard_error));
  if (exited_with(run, kKattisAccepted)) {
    CheckOutcome outcome{Verdict::AC, std::nullopt, std::nullopt, std::move(message)};
    if (rules.gives_score) outcome = with_kattis_score(std::move(outcome), feedback, rules);
    outcome.feedback = std::move(feedback);
    return outcome;
  }
  if (exited_with(run, kKattisRejected)) {
    // A rejected output has no score (problemtools calls a score.txt here an error; older
    // validators write one before they decide, so it is ignored).
    if (!feedback.contains("nextpass.in")) {
      return {Verdict::WA, std::nullopt, std::nullopt, std::move(message)};
    }
    return broken(fmt::format("the {} rejected and asked for another pass", rules.speaker), run,
                  message);
  }
  return broken(how_it_ended(run, rules, "42 or 43"), run, message);
}

CheckOutcome cms_answer(const sandbox::ExecutionResult& run, const AnswerRules& rules) {
  if (!exited_with(run, 0)) return broken(how_it_ended(run, rules, "0"), run, run.standard_error);
  const std::string_view text = first_line(run.standard_output);
  const std::optional<double> fraction = parse_double(text);
  const bool too_much = fraction && *fraction > 1 && !rules.counts_something;
  if (!fraction || !(*fraction >= 0) || !std::isfinite(*fraction) || too_much) {
    return broken(fmt::format("the {} printed \"{}\" for an outcome, not a number 0 .. 1",
                              rules.speaker, shorten(to_valid_utf8(text), 80)),
                  run, run.standard_error);
  }
  return {verdict_of_fraction(*fraction, rules), std::nullopt, fraction,
          cms_message(run.standard_error, *fraction)};
}

CheckOutcome testlib_answer(const sandbox::ExecutionResult& run, const AnswerRules& rules) {
  const std::string said(trim(run.standard_error));
  constexpr std::string_view kExpected = "0, 1, 2, 4, 7 or 8";
  if (run.status != sandbox::RunStatus::Exited) {
    return broken(how_it_ended(run, rules, kExpected), run, said);
  }
  switch (run.exit_code) {
    case kTestlibOk:
      return {Verdict::AC, std::nullopt, std::nullopt, said};
    case kTestlibWrong:
    case kTestlibPresentation:
    case kTestlibDirt:
    case kTestlibUnexpectedEnd:
      return {Verdict::WA, std::nullopt, std::nullopt, said};
    case kTestlibFail:
      return broken(fmt::format("the {} failed (exit code 3)", rules.speaker), run, said);
    default:
      break;
  }
  const bool partial = run.exit_code >= kTestlibPartialBase && run.exit_code <= kTestlibPartialMax;
  if (run.exit_code != kTestlibPoints && !partial) {
    return broken(how_it_ended(run, rules, kExpected), run, said);
  }
  if (!rules.gives_score) {
    return broken(fmt::format("the {} gave points, and the problem has none", rules.speaker), run,
                  said);
  }
  if (partial) {
    const double fraction = (run.exit_code - kTestlibPartialBase) / 100.0;
    return {verdict_of_fraction(fraction, rules), std::nullopt, fraction, said};
  }
  const std::optional<double> points = testlib_points(said);
  if (!points || !(*points >= 0) || !std::isfinite(*points)) {
    return broken(fmt::format("the {} ended with exit code 7 and named no points", rules.speaker),
                  run, said);
  }
  return {*points > 0 ? Verdict::AC : Verdict::WA, points, std::nullopt, said};
}

}  // namespace eval::judges
