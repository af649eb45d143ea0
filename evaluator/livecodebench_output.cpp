#include "evaluator/livecodebench_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/text.h"
#include "evaluator/livecodebench_export.h"
#include "evaluator/outcomes.h"
#include "evaluator/recorded_feedback.h"
#include "evaluator/score.h"
#include "judges/lcb/official_verdict.h"
#include "problems/livecodebench.h"
#include "problems/livecodebench_members.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::TestResult;
using judges::Verdict;

// What is judged: the program, or the answer where none was asked for.
std::string written_in(const Attempt& attempt) {
  if (!attempt.submission) return {};
  const auto* answer = std::get_if<judges::Answer>(&attempt.submission->submission);
  return answer == nullptr ? livecodebench_code(attempt) : answer->text;
}

bool is_right(const Attempt& attempt) {
  return attempt.verdict() == Verdict::AC;
}

using Members = std::vector<const ProblemOutcomes*>;

PassAtK score_at(int k, const Members& members) {
  PassAtK score{.k = k};
  std::vector<ProblemShare> shares;
  for (const ProblemOutcomes* member : members) {
    const int n = member->count();
    const double chance = pass_at_k(n, member->solved_count(Assume::Wrong), k);
    score.value += chance;
    score.upper_bound += pass_at_k(n, member->solved_count(Assume::Right), k);
    shares.push_back({chance, 1, n / k});
  }
  score.value /= static_cast<double>(members.size());
  score.upper_bound /= static_cast<double>(members.size());
  score.share = share_interval(shares, true, 0);
  return score;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// Officially standard input is an object; what is behind file descriptor 0 is empty.
bool reads_descriptor(std::string_view code) {
  return contains(code, "open(0") || contains(code, "os.read(0") || contains(code, "/dev/stdin");
}

bool has_status(const Judgement& judgement, std::string_view status) {
  return !judgement.tests.empty() && judgement.tests.back().run_status == status;
}

// By the official evaluator's rules, here or where it was recorded.
bool is_official(const Judgement& judgement) {
  return has_status(judgement, judges::kOfficialStatus) || has_status(judgement, kRecordedStatus);
}

std::string reason_of_error(std::string_view error) {
  if (contains(error, "is not iterable")) return "stdin-iteration";
  if (contains(error, "has no attribute 'buffer'") || contains(error, "InputBuffer") ||
      contains(error, "no attribute 'readable'")) {
    return "stdin-buffer";
  }
  if (contains(error, "'NoneType' object is not callable")) return "disabled-function";
  if (contains(error, "has no attribute 'Solution'")) return "solution-class";
  if (contains(error, "SyntaxError")) return "module-level-syntax";
  if (contains(error, "UnboundLocalError") || contains(error, "NameError") ||
      contains(error, "KeyError")) {
    return "function-scope";
  }
  return {};
}

}  // namespace

std::string day_fault(const std::string& text) {
  return problems::is_livecodebench_day(text)
             ? std::string()
             : fmt::format("\"{}\" is no day; write it as 2024-09-01", text);
}

std::vector<BreakdownRow> livecodebench_breakdown(const std::vector<ProblemSnapshot>& problems,
                                                  const std::vector<Attempt>& attempts,
                                                  std::string_view cutoff) {
  const std::vector<ProblemOutcomes> outcomes =
      outcomes_of({.problems = &problems, .attempts = &attempts});
  // Difficulties in their own order, the rest by name.
  const std::vector<std::string> order = {"easy", "medium", "hard"};
  std::map<std::pair<std::string, std::string>, Members> groups;
  int k_max = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const auto facts = problems::livecodebench_facts(problems[i].source);
    if (!facts) continue;
    const ProblemOutcomes* outcome = &outcomes[i];
    k_max = std::min(k_max, outcome->count());
    const auto rank = std::ranges::find(order, facts->difficulty) - order.begin();
    // Not every row of every scenario says when it was set and how difficult it is.
    if (!facts->difficulty.empty()) {
      groups[{"1difficulty", fmt::format("{}{}", rank, facts->difficulty)}].push_back(outcome);
    }
    groups[{"2platform", " " + facts->platform}].push_back(outcome);
    if (facts->date.empty()) continue;
    groups[{"3month", " " + facts->date.substr(0, 7)}].push_back(outcome);
    if (cutoff.empty()) continue;
    const bool before = facts->date < cutoff;
    groups[{"4cutoff", fmt::format("{}{} {}", before ? 0 : 1, before ? "before" : "from", cutoff)}]
        .push_back(outcome);
  }
  std::vector<BreakdownRow> rows;
  // The first character of each name is its place.
  for (const auto& [key, members] : groups) {
    BreakdownRow row{.dimension = key.first.substr(1),
                     .value = key.second.substr(1),
                     .problems = static_cast<int>(members.size())};
    for (const ProblemOutcomes* member : members) {
      row.attempts += member->count();
      row.attempts_unresolved +=
          static_cast<int>(std::ranges::count_if(member->attempts, &Outcome::is_unresolved));
    }
    for (int k = 1; k <= k_max; k *= 2) row.scores.push_back(score_at(k, members));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string difference_reason(const Judgement& accepted, const Judgement& rejected,
                              std::string_view code) {
  const bool official_rejects = is_official(rejected);
  const TestResult last = rejected.tests.empty() ? TestResult{} : rejected.tests.back();
  const bool is_python = accepted.language.empty() || accepted.language.starts_with("py");
  if (official_rejects && !is_python) return "other-language";
  if (rejected.verdict == Verdict::TLE) return "time";
  if (rejected.verdict == Verdict::MLE || rejected.verdict == Verdict::OLE) return "memory";
  // The same meaning twice: other tests, another machine or another version of Python.
  const bool is_recorded =
      has_status(accepted, kRecordedStatus) || has_status(rejected, kRecordedStatus);
  if (is_recorded && official_rejects && is_official(accepted)) return "not-reproduced";
  if (!official_rejects) {
    if (contains(last.standard_error, "NameError")) return "header-names";
    if (contains(last.standard_error, "RecursionError")) return "recursion-limit";
    if (rejected.verdict == Verdict::RE && last.exit_code != 0 && last.standard_error.empty()) {
      return "exit-status";
    }
    return rejected.verdict == Verdict::CE ? "module-level-syntax" : "other";
  }
  if (last.exit_code == static_cast<int>(judges::OfficialCode::Lost)) return "process-ended";
  if (std::string reason = reason_of_error(last.standard_error); !reason.empty()) return reason;
  if (reads_descriptor(code)) return "stdin-descriptor";
  if (rejected.verdict != Verdict::WA) return "other";
  if (trim(last.output_excerpt).empty()) return "output-not-captured";
  if (contains(code, ".read()") || contains(code, ".readlines()") || contains(code, ".readline(")) {
    return "input-read-again";
  }
  return accepted.tests.size() > 1 ? "state" : "other";
}

SemanticsComparison compare_semantics(const std::vector<Attempt>& first,
                                      const std::vector<Attempt>& second) {
  std::map<std::pair<std::string, int>, const Attempt*> others;
  for (const Attempt& attempt : second) others[{attempt.problem_id, attempt.index}] = &attempt;
  SemanticsComparison comparison;
  for (const Attempt& attempt : first) {
    const auto found = others.find({attempt.problem_id, attempt.index});
    const Attempt* other = found == others.end() ? nullptr : found->second;
    if (other != nullptr) others.erase(found);
    if (other == nullptr || attempt.judgements.empty() || other->judgements.empty() ||
        written_in(attempt) != written_in(*other)) {
      ++comparison.skipped;
      continue;
    }
    ++comparison.compared;
    if (is_right(attempt) == is_right(*other)) continue;
    const Judgement& right = (is_right(attempt) ? attempt : *other).judgements.back();
    const Judgement& wrong = (is_right(attempt) ? *other : attempt).judgements.back();
    const TestResult last = wrong.tests.empty() ? TestResult{} : wrong.tests.back();
    const std::string& said =
        last.standard_error.empty() ? last.checker_message : last.standard_error;
    comparison.differences.push_back(
        {attempt.problem_id, attempt.index, attempt.judgements.back().verdict,
         other->judgements.back().verdict, difference_reason(right, wrong, written_in(attempt)),
         shorten(said.empty() ? wrong.detail : said, 300)});
  }
  comparison.skipped += static_cast<int>(others.size());
  return comparison;
}

}  // namespace eval::evaluator
