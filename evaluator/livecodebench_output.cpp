#include "evaluator/livecodebench_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "judges/lcb/official_verdict.h"
#include "problems/livecodebench.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::TestResult;
using judges::Verdict;

const judges::SourceProgram* program_of(const Attempt& attempt) {
  if (!attempt.submission) return nullptr;
  return std::get_if<judges::SourceProgram>(&attempt.submission->submission);
}

std::string code_of(const Attempt& attempt) {
  const judges::SourceProgram* program = program_of(attempt);
  return program == nullptr || program->files.empty() ? "" : program->files.front().content;
}

bool is_right(const Attempt& attempt) {
  return attempt.verdict() == Verdict::AC;
}

// The code that the official evaluator gives for a verdict of any judge.
int official_code(const Judgement& judgement) {
  if (judgement.tests.empty()) return static_cast<int>(judges::OfficialCode::Failed);
  const TestResult& last = judgement.tests.back();
  if (last.run_status == judges::kOfficialStatus) return last.exit_code;
  if (judgement.verdict == Verdict::WA) return static_cast<int>(judges::OfficialCode::Wrong);
  if (judgement.verdict == Verdict::TLE) return static_cast<int>(judges::OfficialCode::TimedOut);
  return static_cast<int>(judges::OfficialCode::Failed);
}

// One entry of "metadata": JSON as a text.
std::string metadata_of(const Attempt& attempt) {
  if (attempt.judgements.empty()) {
    return to_json_line({{"error_code", -5}, {"error_message", "not judged"}});
  }
  const Judgement& judgement = attempt.judgements.back();
  if (judgement.verdict == Verdict::AC) {
    std::chrono::duration<double> seconds{0};
    for (const TestResult& test : judgement.tests) seconds += test.wall_time;
    return to_json_line({{"execution time", seconds.count()}});
  }
  Json json = {{"error_code", official_code(judgement)},
               {"error_message", judges::verdict_description(judgement.verdict)}};
  if (judgement.tests.empty()) return to_json_line(json);
  const TestResult& last = judgement.tests.back();
  if (!last.standard_error.empty()) json["error"] = last.standard_error;
  if (!last.output_excerpt.empty()) json["output"] = shorten(last.output_excerpt, 300);
  json["testcase"] = last.testcase;
  return to_json_line(json);
}

// What the row of the data set says.
Json row_part(const ProblemSnapshot& problem, const problems::LiveCodeBenchFacts& facts,
              const std::map<std::string, std::string>& starter_codes) {
  Json entry = {{"question_title", problem.title},
                {"question_content", problem.statement},
                {"platform", facts.platform},
                {"question_id", facts.question_id}};
  if (!facts.contest_id.empty()) entry["contest_id"] = facts.contest_id;
  entry["contest_date"] = facts.date + "T00:00:00";
  const auto starter = starter_codes.find(facts.question_id);
  if (starter != starter_codes.end()) {
    entry["starter_code"] = starter->second;
  } else if (facts.platform != "leetcode") {
    entry["starter_code"] = "";
  }
  entry["difficulty"] = facts.difficulty;
  return entry;
}

Json entry_of(Json entry, const std::vector<const Attempt*>& attempts) {
  for (const char* list : {"output_list", "code_list", "graded_list"}) entry[list] = Json::array();
  int right = 0;
  Json metadata = Json::array();
  for (const Attempt* attempt : attempts) {
    entry["output_list"].push_back(attempt->generations.empty() ? ""
                                                                : attempt->generations.back().text);
    std::string code = code_of(*attempt);
    // Their extraction ends without the newline that ours adds.
    const bool is_theirs = attempt->submission && attempt->submission->rule == "last-two-fences";
    if (is_theirs && code.ends_with('\n')) code.pop_back();
    entry["code_list"].push_back(code);
    entry["graded_list"].push_back(is_right(*attempt));
    metadata.push_back(metadata_of(*attempt));
    right += is_right(*attempt) ? 1 : 0;
  }
  entry["pass@1"] =
      attempts.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(attempts.size());
  entry["metadata"] = metadata;
  return entry;
}

BreakdownRow row_of(std::string dimension, std::string value, const std::vector<double>& shares) {
  BreakdownRow row{
      std::move(dimension), std::move(value), static_cast<int>(shares.size()), 0, {}, true};
  double sum = 0;
  for (const double share : shares) sum += share;
  row.pass_at_1 = sum / static_cast<double>(shares.size());
  row.is_proportion =
      std::ranges::all_of(shares, [](double share) { return share == 0 || share == 1; });
  row.interval =
      row.is_proportion ? wilson_interval(sum, row.problems) : bootstrap_mean_interval(shares, 0);
  return row;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
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

Result<Json> livecodebench_eval_all(Store& store, const std::string& run_id,
                                    const std::map<std::string, std::string>& starter_codes) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  const std::vector<Attempt> attempts = EVAL_TRY(store.attempts(run.manifest.run_id, true));
  std::map<std::string, std::vector<const Attempt*>> by_problem;
  for (const Attempt& attempt : attempts) by_problem[attempt.problem_id].push_back(&attempt);
  std::map<std::string, Json> entries;
  for (const ProblemSnapshot& problem : EVAL_TRY(store.problems(run.manifest.run_id))) {
    const auto facts = problems::livecodebench_facts(problem.source);
    if (!facts) continue;
    entries[facts->question_id] =
        entry_of(row_part(problem, *facts, starter_codes), by_problem[problem.id]);
  }
  if (entries.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("run \"{}\" is not of LiveCodeBench", run.manifest.run_id));
  }
  Json list = Json::array();
  for (auto& [id, entry] : entries) list.push_back(std::move(entry));
  return list;
}

std::vector<BreakdownRow> livecodebench_breakdown(const std::vector<ProblemSnapshot>& problems,
                                                  const std::vector<Attempt>& attempts,
                                                  std::string_view cutoff) {
  std::map<std::string, std::pair<int, int>> counts;  // right, all
  for (const Attempt& attempt : attempts) {
    auto& [right, all] = counts[attempt.problem_id];
    right += is_right(attempt) ? 1 : 0;
    ++all;
  }
  // Difficulties in their own order, the rest by name.
  const std::vector<std::string> order = {"easy", "medium", "hard"};
  std::map<std::pair<std::string, std::string>, std::vector<double>> shares;
  for (const ProblemSnapshot& problem : problems) {
    const auto facts = problems::livecodebench_facts(problem.source);
    if (!facts) continue;
    const auto [right, all] = counts[problem.id];
    const double share = all == 0 ? 0 : static_cast<double>(right) / all;
    const auto rank = std::ranges::find(order, facts->difficulty) - order.begin();
    shares[{"1difficulty", fmt::format("{}{}", rank, facts->difficulty)}].push_back(share);
    shares[{"2platform", " " + facts->platform}].push_back(share);
    shares[{"3month", " " + facts->date.substr(0, 7)}].push_back(share);
    if (cutoff.empty()) continue;
    const bool before = facts->date < cutoff;
    shares[{"4cutoff", fmt::format("{}{} {}", before ? 0 : 1, before ? "before" : "from", cutoff)}]
        .push_back(share);
  }
  std::vector<BreakdownRow> rows;
  // The first character of each name is its place.
  for (const auto& [key, values] : shares) {
    rows.push_back(row_of(key.first.substr(1), key.second.substr(1), values));
  }
  return rows;
}

std::string difference_reason(const Judgement& accepted, const Judgement& rejected,
                              std::string_view code) {
  const bool official_rejects =
      !rejected.tests.empty() && rejected.tests.back().run_status == judges::kOfficialStatus;
  const TestResult last = rejected.tests.empty() ? TestResult{} : rejected.tests.back();
  if (rejected.verdict == Verdict::TLE) return "time";
  if (rejected.verdict == Verdict::MLE || rejected.verdict == Verdict::OLE) return "memory";
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
    if (other == nullptr || attempt.judgements.empty() || other->judgements.empty() ||
        code_of(attempt) != code_of(*other)) {
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
         other->judgements.back().verdict, difference_reason(right, wrong, code_of(attempt)),
         shorten(said.empty() ? wrong.detail : said, 300)});
  }
  return comparison;
}

}  // namespace eval::evaluator
