#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "evaluator/store/store.h"
#include "judges/judge.h"
#include "problems/problem.h"
#include "runners/replay_runner.h"

// SWE-bench evaluations of another harness in, and runs in its formats out.
namespace eval::evaluator {

// True if the suite has problems whose submission is a patch.
bool has_patches(const problems::Suite& suite);

// What was submitted, as far as the logs' folder tells: from its predictions file, or from the patch
// beside each log. A log without its patch becomes a patch that says so; an instance without either
// becomes an empty reply, so that it stays in the denominator. BadInput if the folder has no log of any
// problem in `suite`.
Result<runners::Recording> swe_logs_recording(const fs::path& folder, const problems::Suite& suite);

// The judge that grades the logs in `folder` under the harness of that name ("v4", "v5").
Result<std::unique_ptr<judges::Judge>> make_swe_logs_judge(const fs::path& folder,
                                                           const problems::Suite& suite,
                                                           std::string_view harness);

// A run as the official harness reports it: the run's report (schema_version 2), or an object of the
// instances' reports by id. BadInput if the run is not of SWE-bench, or has several attempts at an
// instance, which the official format cannot say. A store keeps no signs of broken machines, so that
// the run's report has no lists of them.
Result<Json> swe_bench_run_report(Store& store, const std::string& run_id);
Result<Json> swe_bench_instance_reports(Store& store, const std::string& run_id);

// Its patches as predictions.jsonl.
Result<std::string> swe_bench_predictions(Store& store, const std::string& run_id);

}  // namespace eval::evaluator
