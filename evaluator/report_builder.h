#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "evaluator/store/store.h"
#include "reports/report_model.h"

namespace eval::evaluator {

// Everything a report shows of one run, from the store alone: no package and no runner is needed. An
// empty `run_id` means the latest run; NotFound with the closest id for an unknown one. Scores are
// computed anew from the attempts.
// `cutoff` is a day ("2024-09-01") that takes the place of the training cut-off that the run was begun with;
// empty: it does not. With either, runs of LiveCodeBench have scores of before it and from it on, too.
Result<reports::ReportModel> build_report(Store& store, const std::string& run_id,
                                          const Clock& clock, const std::string& cutoff = {});

}  // namespace eval::evaluator
