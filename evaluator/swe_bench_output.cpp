#include "evaluator/swe_bench_output.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "judges/swe/log_judge.h"
#include "judges/swe/official_report.h"
#include "problems/swe_bench.h"

namespace eval::evaluator {
namespace {

namespace swe = judges::swe;
using judges::Judgement;
using judges::TestResult;
using judges::Verdict;

// The reply of an instance that nothing is known of; no diff, so that it is judged NA.
constexpr std::string_view kNothing = "There is neither a prediction nor a log of this instance.";
constexpr std::string_view kPatchUnknown =
    "# The patch is not recorded; only its log was graded.\n";
constexpr std::string_view kFailToPass = "FAIL_TO_PASS";

std::vector<std::string> instance_ids(const problems::Suite& suite) {
  std::vector<std::string> ids;
  for (const problems::Problem& problem : suite.problems) {
    const auto* task = std::get_if<problems::PatchTask>(&problem.task);
    if (task != nullptr) ids.push_back(task->instance_id);
  }
  return ids;
}

runners::Generation patch_generation(std::string patch) {
  runners::Generation generation;
  generation.files = {{"patch.diff", std::move(patch)}};
  return generation;
}

Result<runners::Generation> generation_of(const swe::EvaluationFiles* files) {
  if (files == nullptr) {
    runners::Generation generation;
    generation.text = kNothing;
    return generation;
  }
  if (files->patch.empty()) return patch_generation(std::string(kPatchUnknown));
  return patch_generation(EVAL_TRY(read_file(files->patch)));
}

// An instance of a run with its one attempt.
struct Instance {
  std::string id;
  Attempt attempt;
};

bool is_nothing(const Attempt& attempt) {
  return !attempt.generations.empty() && attempt.generations.back().text == kNothing;
}

Result<std::vector<Instance>> instances_of(Store& store, const RunSummary& run) {
  std::map<std::string, std::string> ids;  // by problem
  for (const ProblemSnapshot& problem : EVAL_TRY(store.problems(run.manifest.run_id))) {
    if (auto id = problems::swe_bench_instance(problem.source)) {
      ids.emplace(problem.id, *std::move(id));
    }
  }
  if (ids.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("run \"{}\" is not of SWE-bench", run.manifest.run_id));
  }
  std::vector<Instance> instances;
  for (Attempt& attempt : EVAL_TRY(store.attempts(run.manifest.run_id, true))) {
    const auto id = ids.find(attempt.problem_id);
    if (id == ids.end()) continue;
    if (attempt.index > 0) {
      return fail(
          ErrorCode::BadInput,
          fmt::format("run \"{}\" has several attempts at \"{}\"", run.manifest.run_id, id->second),
          {}, "the official report has one prediction for an instance");
    }
    instances.push_back({id->second, std::move(attempt)});
  }
  return instances;
}

swe::Harness harness_of(const RunSummary& run) {
  return swe::harness_from_name(run.manifest.semantics).value_or(swe::Harness::V5);
}

swe::GradeStatus status_of(std::optional<Verdict> verdict) {
  if (verdict == Verdict::AC) return swe::GradeStatus::Resolved;
  if (verdict == Verdict::WA) return swe::GradeStatus::Unresolved;
  if (verdict == Verdict::NA) return swe::GradeStatus::EmptyPatch;
  if (verdict == Verdict::CE) return swe::GradeStatus::PatchFailed;
  if (verdict == Verdict::TLE) return swe::GradeStatus::TimedOut;
  return swe::GradeStatus::Invalid;
}

// The grade that a stored judgement was made from, as far as it tells.
swe::Grade grade_of(const Instance& instance) {
  swe::Grade grade;
  grade.instance_id = instance.id;
  grade.status = status_of(instance.attempt.verdict());
  grade.patch_exists = grade.status != swe::GradeStatus::EmptyPatch;
  if (instance.attempt.judgements.empty()) return grade;
  const Judgement& judgement = instance.attempt.judgements.back();
  grade.patch_applied =
      grade.status == swe::GradeStatus::Resolved || grade.status == swe::GradeStatus::Unresolved;
  grade.reason = judgement.detail;
  for (const TestResult& test : judgement.tests) {
    swe::TestLists& lists =
        test.run_status == kFailToPass ? grade.fail_to_pass : grade.pass_to_pass;
    (test.verdict == Verdict::AC ? lists.success : lists.failure).push_back(test.testcase);
  }
  return grade;
}

swe::RunEntry entry_of(const Instance& instance) {
  swe::RunEntry entry = swe::run_entry(grade_of(instance));
  entry.is_submitted = !instance.attempt.generations.empty() && !is_nothing(instance.attempt);
  // Without a judgement, or without a log, there is no report of it.
  const auto verdict = instance.attempt.verdict();
  const bool has_judgement = !instance.attempt.judgements.empty();
  if (!verdict || verdict == Verdict::IE || !has_judgement ||
      instance.attempt.judgements.back().detail.starts_with(swe::kNoLog)) {
    entry.is_error = true;
  }
  return entry;
}

}  // namespace

bool has_patches(const problems::Suite& suite) {
  return std::ranges::any_of(suite.problems, [](const problems::Problem& problem) {
    return std::holds_alternative<problems::PatchTask>(problem.task);
  });
}

Result<runners::Recording> swe_logs_recording(const fs::path& folder,
                                              const problems::Suite& suite) {
  const auto ids = instance_ids(suite);
  const auto found = EVAL_TRY(swe::find_evaluations(folder, ids));
  if (found.empty()) {
    return fail(ErrorCode::BadInput,
                fmt::format("the folder has no log of an instance of \"{}\"", suite.name),
                folder.string(), "logs are ID.eval.log, ID.log or ID/test_output.txt");
  }
  runners::Recording predictions;
  if (const auto file = swe::predictions_in(folder)) {
    predictions = EVAL_TRY(runners::read_recording(*file));
  }
  runners::Recording recording;
  for (const std::string& id : ids) {
    const auto files = found.find(id);
    const auto predicted = predictions.find(id);
    if (predicted != predictions.end()) {
      recording[id] = predicted->second;
    } else {
      recording[id] = {{EVAL_TRY(generation_of(files == found.end() ? nullptr : &files->second))}};
    }
  }
  return recording;
}

Result<std::unique_ptr<judges::Judge>> make_swe_logs_judge(const fs::path& folder,
                                                           const problems::Suite& suite,
                                                           std::string_view harness) {
  const auto version = swe::harness_from_name(harness);
  if (!version) {
    return fail(ErrorCode::Usage, fmt::format("semantics \"{}\" is not of SWE-bench", harness), {},
                "use v4 or v5");
  }
  return swe::make_log_judge(EVAL_TRY(swe::find_evaluations(folder, instance_ids(suite))),
                             *version);
}

Result<Json> swe_bench_run_report(Store& store, const std::string& run_id) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  std::vector<swe::RunEntry> entries;
  for (const Instance& instance : EVAL_TRY(instances_of(store, run))) {
    entries.push_back(entry_of(instance));
  }
  return swe::run_report(entries, harness_of(run), false);
}

Result<Json> swe_bench_instance_reports(Store& store, const std::string& run_id) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  Json reports = Json::object();
  for (const Instance& instance : EVAL_TRY(instances_of(store, run))) {
    const swe::RunEntry entry = entry_of(instance);
    if (!entry.is_submitted || !entry.has_patch || entry.is_error) continue;
    reports.update(swe::instance_report(grade_of(instance), harness_of(run)));
  }
  return reports;
}

Result<std::string> swe_bench_predictions(Store& store, const std::string& run_id) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  std::string lines;
  for (const Instance& instance : EVAL_TRY(instances_of(store, run))) {
    if (instance.attempt.generations.empty() || is_nothing(instance.attempt)) continue;
    const auto& submission = instance.attempt.submission;
    const auto* patch = submission ? std::get_if<judges::Patch>(&submission->submission) : nullptr;
    const std::string& model = instance.attempt.generations.back().model;
    lines += to_json_line({{"instance_id", instance.id},
                           {"model_name_or_path", model.empty() ? run.manifest.model : model},
                           {"model_patch", patch == nullptr ? std::string() : patch->diff}}) +
             "\n";
  }
  return lines;
}

}  // namespace eval::evaluator
