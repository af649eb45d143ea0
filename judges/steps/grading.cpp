#include "judges/steps/grading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace eval::judges {
namespace {

using problems::Aggregation;
using problems::Subtask;
using problems::VerdictMode;

// Sums of decimal fractions like 0.1 must still count as full marks.
constexpr double kPointsSlack = 1e-9;

// Smaller is worse. RE .. WA is the order of the Kattis default grader.
int badness_rank(Verdict verdict) {
  switch (verdict) {
    case Verdict::JE:
      return 0;
    case Verdict::IE:
      return 1;
    case Verdict::RE:
      return 2;
    case Verdict::MLE:
      return 3;
    case Verdict::TLE:
      return 4;
    case Verdict::OLE:
      return 5;
    case Verdict::CE:
      return 6;
    case Verdict::NA:
      return 7;
    case Verdict::WA:
      return 8;
    case Verdict::PC:
      return 9;
    case Verdict::AC:
      return 10;
  }
  return 0;
}

Verdict first_error(std::span<const Outcome> members) {
  for (const Outcome& member : members) {
    if (member.verdict != Verdict::AC) return member.verdict;
  }
  return Verdict::AC;
}

Verdict worst_error(std::span<const Outcome> members) {
  Verdict worst = Verdict::AC;
  for (const Outcome& member : members) {
    if (badness_rank(member.verdict) < badness_rank(worst)) worst = member.verdict;
  }
  return worst;
}

bool any_accepted(std::span<const Outcome> members) {
  return std::any_of(members.begin(), members.end(),
                     [](const Outcome& member) { return member.verdict == Verdict::AC; });
}

double fraction_of(const Outcome& member) {
  if (member.points_max > 0) return member.points / member.points_max;
  return member.verdict == Verdict::AC ? 1 : 0;
}

// Without stated points the members' own points are combined (legacy Kattis); with them, the
// members' fractions are, and scaled.
double part_of(const Subtask& subtask, const Outcome& member) {
  return subtask.points ? fraction_of(member) : member.points;
}

double least(const Subtask& subtask, std::span<const Outcome> members) {
  double result = part_of(subtask, members.front());
  for (const Outcome& member : members) result = std::min(result, part_of(subtask, member));
  return result;
}

double greatest(std::span<const Outcome> members) {
  double result = members.front().points;
  for (const Outcome& member : members) result = std::max(result, member.points);
  return result;
}

double total(std::span<const Outcome> members) {
  double result = 0;
  for (const Outcome& member : members) result += member.points;
  return result;
}

double product(std::span<const Outcome> members) {
  double result = 1;
  for (const Outcome& member : members) result *= fraction_of(member);
  return result;
}

bool is_within_threshold(const Subtask& subtask, const Outcome& member) {
  const double outcome = fraction_of(member);
  return outcome > 0 && outcome <= subtask.threshold;
}

// Threshold groups have no error but a member outside the threshold, whatever its own verdict.
Verdict threshold_verdict(const Subtask& subtask, std::span<const Outcome> members) {
  for (const Outcome& member : members) {
    if (is_within_threshold(subtask, member)) continue;
    const bool is_checked = member.verdict == Verdict::AC || member.verdict == Verdict::PC;
    return is_checked ? Verdict::WA : member.verdict;
  }
  return Verdict::AC;
}

Verdict verdict_by_mode(const Subtask& subtask, std::span<const Outcome> members) {
  if (subtask.aggregation == Aggregation::Threshold) return threshold_verdict(subtask, members);
  switch (subtask.verdict_mode) {
    case VerdictMode::FirstError:
      return first_error(members);
    case VerdictMode::WorstError:
      return worst_error(members);
    case VerdictMode::AlwaysAccept:
      return Verdict::AC;
    case VerdictMode::AcceptIfAny:
      return any_accepted(members) ? Verdict::AC : first_error(members);
  }
  return Verdict::JE;
}

double points_by_aggregation(const Subtask& subtask, std::span<const Outcome> members) {
  const double full = subtask.points.value_or(1);
  switch (subtask.aggregation) {
    case Aggregation::AllOrNothing:
      return first_error(members) == Verdict::AC ? full : 0;
    case Aggregation::Min:
      return full * least(subtask, members);
    case Aggregation::Max:
      return greatest(members);
    case Aggregation::Sum:
      return total(members);
    case Aggregation::Average:
      return total(members) / static_cast<double>(members.size());
    case Aggregation::Mul:
      return full * product(members);
    case Aggregation::Threshold:
      return threshold_verdict(subtask, members) == Verdict::AC ? full : 0;
  }
  return 0;
}

// The default grader of Kattis drops all but its last line; samples come first in a package.
std::vector<Outcome> counted_members(const Subtask& subtask, std::span<const Outcome> members) {
  std::vector<Outcome> counted(members.begin(), members.end());
  if (!subtask.ignore_samples) return counted;
  std::erase_if(counted, [](const Outcome& member) { return member.is_sample; });
  if (counted.empty()) counted.assign(members.begin(), members.end());
  return counted;
}

std::string_view kattis_name(Verdict verdict) {
  return verdict == Verdict::RE ? "RTE" : verdict_name(verdict);
}

Verdict first_failed_testcase(const Judgement& judgement) {
  for (const TestResult& test : judgement.tests) {
    if (test.verdict != Verdict::AC) return test.verdict;
  }
  return Verdict::WA;
}

bool any_testcase_accepted(const Judgement& judgement) {
  return std::any_of(judgement.tests.begin(), judgement.tests.end(),
                     [](const TestResult& test) { return test.verdict == Verdict::AC; });
}

}  // namespace

double rounded(double points, int decimals) {
  // Through the decimal text, as Python's round() does: 2.675 is below its name, and becomes 2.67.
  return parse_double(fmt::format("{:.{}f}", points, std::max(0, decimals))).value_or(points);
}

bool stops_after(const Subtask& subtask, const Outcome& member) {
  if (!subtask.stop_at_first_error || member.verdict == Verdict::AC) return false;
  if (member.verdict == Verdict::JE) return true;
  switch (subtask.aggregation) {
    case Aggregation::Min:
    case Aggregation::Mul:
      return member.verdict != Verdict::PC || fraction_of(member) <= 0;
    case Aggregation::Threshold:
      return !is_within_threshold(subtask, member);
    case Aggregation::AllOrNothing:
      return true;
    case Aggregation::Sum:
    case Aggregation::Average:
    case Aggregation::Max:
      return member.verdict != Verdict::PC;
  }
  return true;
}

Outcome held_to_range(const Subtask& subtask, Outcome outcome) {
  if (!subtask.range || outcome.verdict == Verdict::JE) return outcome;
  const auto [low, high] = *subtask.range;
  if (outcome.points >= low - kPointsSlack && outcome.points <= high + kPointsSlack) return outcome;
  outcome.detail = fmt::format("{} got {:g} points, outside its range {:g} .. {:g}", subtask.name,
                               outcome.points, low, high);
  outcome.verdict = Verdict::JE;
  outcome.points = 0;
  return outcome;
}

Outcome grade_subtask(const Subtask& subtask, std::span<const Outcome> members) {
  Outcome outcome;
  outcome.name = subtask.name;
  for (const Outcome& member : members) {
    if (member.verdict != Verdict::JE) continue;
    outcome.verdict = Verdict::JE;
    outcome.detail = member.detail;
    return outcome;
  }
  if (members.empty()) return outcome;
  const std::vector<Outcome> counted = counted_members(subtask, members);
  outcome.verdict = verdict_by_mode(subtask, counted);
  outcome.points = points_by_aggregation(subtask, counted);
  return held_to_range(subtask, std::move(outcome));
}

std::string grader_input(std::span<const Outcome> members) {
  std::string text;
  for (const Outcome& member : members) {
    text += fmt::format("{} {}\n", kattis_name(member.verdict), member.points);
  }
  return text;
}

Outcome parse_grader_output(const Subtask& subtask, std::string_view output) {
  Outcome outcome;
  outcome.name = subtask.name;
  const std::vector<std::string_view> words = split_words(output);
  const std::optional<Verdict> verdict =
      words.size() == 2 ? verdict_from_name(words[0]) : std::nullopt;
  const std::optional<double> points = words.size() == 2 ? parse_double(words[1]) : std::nullopt;
  if (!verdict || !points || !std::isfinite(*points)) {
    outcome.verdict = Verdict::JE;
    outcome.detail = fmt::format("the grader of {} printed \"{}\", not a verdict and a score",
                                 subtask.name, shorten(to_valid_utf8(trim(output)), 200));
    return outcome;
  }
  outcome.verdict = *verdict;
  outcome.points = *points;
  if (outcome.verdict == Verdict::JE) {
    outcome.detail = fmt::format("the grader of {} reported a judge error", subtask.name);
  }
  return held_to_range(subtask, std::move(outcome));
}

void conclude(const problems::Problem& problem, const Outcome& root, Judgement& judgement) {
  const auto& task = std::get<problems::ProgramTask>(problem.task);
  judgement.verdict = root.verdict;
  judgement.detail = root.verdict == Verdict::JE ? root.detail : std::string{};
  if (root.verdict == Verdict::JE) {
    judgement.points = 0;
    return;
  }
  if (!task.is_scoring) {
    judgement.points = root.verdict == Verdict::AC ? problem.points_max : 0;
    return;
  }
  // A package may promise less than its groups can give; more than full marks is never shown.
  const double points =
      task.points_decimals ? rounded(root.points, *task.points_decimals) : root.points;
  judgement.points = std::clamp(points, 0.0, std::max(0.0, problem.points_max));
  if (root.verdict == Verdict::AC && root.points >= problem.points_max - kPointsSlack) {
    judgement.verdict = Verdict::AC;
  } else if (root.points > kPointsSlack && any_testcase_accepted(judgement)) {
    judgement.verdict = Verdict::PC;
  } else {
    judgement.verdict = first_failed_testcase(judgement);
  }
}

}  // namespace eval::judges
