#include "evaluator/livecodebench_export.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "evaluator/feedback.h"
#include "judges/lcb/prediction_judge.h"
#include "problems/livecodebench.h"
#include "problems/prediction_task.h"

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::Verdict;
using Kind = problems::PredictionTask::Kind;

bool is_right(const Attempt& attempt) {
  return attempt.verdict() == Verdict::AC;
}

std::string text_of(const Attempt& attempt) {
  return attempt.generations.empty() ? "" : attempt.generations.back().text;
}

std::string answer_of(const Attempt& attempt) {
  if (!attempt.submission) return {};
  const auto* answer = std::get_if<judges::Answer>(&attempt.submission->submission);
  return answer == nullptr ? std::string() : answer->text;
}

// One entry of "metadata": JSON as a text.
Result<std::string> metadata_of(const Attempt& attempt, const problems::Problem* problem) {
  if (attempt.judgements.empty()) {
    return to_json_line({{"error_code", -5}, {"error_message", "not judged"}});
  }
  const Judgement& judgement = attempt.judgements.back();
  if (judgement.verdict == Verdict::AC) {
    std::chrono::duration<double> seconds{0};
    for (const judges::TestResult& test : judgement.tests) seconds += test.wall_time;
    return to_json_line({{"execution time", seconds.count()}});
  }
  if (problem != nullptr) {
    Json json = EVAL_TRY(livecodebench_metadata(*problem, judgement));
    return to_json_line(json);
  }
  Json json = {{"error_code", livecodebench_error_code(judgement)},
               {"error_message", judges::verdict_description(judgement.verdict)}};
  if (judgement.tests.empty()) return to_json_line(json);
  const judges::TestResult& last = judgement.tests.back();
  if (!last.standard_error.empty()) json["error"] = last.standard_error;
  if (!last.output_excerpt.empty()) json["output"] = shorten(last.output_excerpt, 300);
  json["testcase"] = last.testcase;
  return to_json_line(json);
}

// What the row of the data set says.
Json row_part(const ProblemSnapshot& snapshot, const problems::LiveCodeBenchFacts& facts,
              const problems::Problem* problem) {
  Json entry = {{"question_title", snapshot.title},
                {"question_content", snapshot.statement},
                {"platform", facts.platform},
                {"question_id", facts.question_id}};
  if (!facts.contest_id.empty()) entry["contest_id"] = facts.contest_id;
  entry["contest_date"] = facts.date + "T00:00:00";
  const auto* task =
      problem == nullptr ? nullptr : std::get_if<problems::ProgramTask>(&problem->task);
  if (task != nullptr) {
    entry["starter_code"] = task->starter_code;
  } else if (facts.platform != "leetcode") {
    entry["starter_code"] = "";
  }
  entry["difficulty"] = facts.difficulty;
  return entry;
}

void add_share(Json& entry) {
  const Json& graded = entry["graded_list"];
  const auto right = std::ranges::count(graded, Json(true));
  entry["pass@1"] =
      graded.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(graded.size());
}

Result<Json> program_entry(Json entry, const std::vector<const Attempt*>& attempts,
                           const problems::Problem* problem, bool is_repair) {
  for (const char* list : {"output_list", "code_list", "graded_list"}) entry[list] = Json::array();
  Json metadata = Json::array();
  Json originals = Json::array();
  for (const Attempt* attempt : attempts) {
    entry["output_list"].push_back(text_of(*attempt));
    entry["code_list"].push_back(livecodebench_code(*attempt));
    entry["graded_list"].push_back(is_right(*attempt));
    metadata.push_back(EVAL_TRY(metadata_of(*attempt, problem)));
    const auto before =
        attempt->generations.empty() ? std::nullopt : feedback_of(attempt->generations.front());
    originals.push_back(before ? before->code : "");
  }
  add_share(entry);
  entry["metadata"] = metadata;
  if (is_repair) entry["original_code_list"] = originals;
  return entry;
}

Json prediction_entry(const ProblemSnapshot& snapshot,
                      const std::vector<const Attempt*>& attempts) {
  const std::string row = snapshot.proof ? snapshot.proof->grading_guidelines : "";
  Json entry = parse_json(row, snapshot.id).value_or(Json::object());
  entry.erase("test");
  for (const char* list : {"output_list", "pred_list", "graded_list"}) entry[list] = Json::array();
  for (const Attempt* attempt : attempts) {
    entry["output_list"].push_back(text_of(*attempt));
    entry["pred_list"].push_back(answer_of(*attempt));
    const bool is_left_out =
        !attempt->judgements.empty() && !attempt->judgements.back().tests.empty() &&
        attempt->judgements.back().tests.back().run_status == judges::kPredictionNotRun;
    if (!is_left_out) entry["graded_list"].push_back(is_right(*attempt));
  }
  if (entry["graded_list"].empty()) {
    for (std::size_t i = 0; i < attempts.size(); ++i) entry["graded_list"].push_back(false);
  }
  add_share(entry);
  return entry;
}

const problems::Problem* problem_in(const problems::Suite* data_set, const std::string& id) {
  if (data_set == nullptr) return nullptr;
  const auto found = std::ranges::find(data_set->problems, id, &problems::Problem::id);
  return found == data_set->problems.end() ? nullptr : &*found;
}

}  // namespace

std::string livecodebench_code(const Attempt& attempt) {
  if (!attempt.submission) return {};
  const auto* program = std::get_if<judges::SourceProgram>(&attempt.submission->submission);
  if (program == nullptr || program->files.empty()) return {};
  std::string code = program->files.front().content;
  if (attempt.submission->rule == "last-two-fences" && code.ends_with('\n')) code.pop_back();
  return code;
}

Result<Json> livecodebench_eval_all(Store& store, const std::string& run_id,
                                    const problems::Suite* data_set) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  const bool is_repair = run.manifest.strategy == "self_repair";
  const std::vector<Attempt> attempts = EVAL_TRY(store.attempts(run.manifest.run_id, true));
  std::map<std::string, std::vector<const Attempt*>> by_problem;
  for (const Attempt& attempt : attempts) by_problem[attempt.problem_id].push_back(&attempt);
  // Rows of code generation by question id; the others keep the order of the suite, which is the official.
  std::map<std::string, Json> by_question;
  Json list = Json::array();
  for (const ProblemSnapshot& snapshot : EVAL_TRY(store.problems(run.manifest.run_id))) {
    const auto facts = problems::livecodebench_facts(snapshot.source);
    if (!facts) continue;
    const std::vector<const Attempt*>& mine = by_problem[snapshot.id];
    if (problems::prediction_kind(snapshot.source)) {
      list.push_back(prediction_entry(snapshot, mine));
      continue;
    }
    const problems::Problem* problem = problem_in(data_set, snapshot.id);
    by_question[facts->question_id] =
        EVAL_TRY(program_entry(row_part(snapshot, *facts, problem), mine, problem, is_repair));
  }
  for (auto& [id, entry] : by_question) list.push_back(std::move(entry));
  if (!list.empty()) return list;
  return fail(ErrorCode::BadInput,
              fmt::format("run \"{}\" is not of LiveCodeBench", run.manifest.run_id));
}

}  // namespace eval::evaluator
