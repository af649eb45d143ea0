#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "evaluator/calibration.h"
#include "evaluator/store/store.h"
#include "reports/grading_page.h"

namespace eval::evaluator {

// The report of a run's proofs: every mark side by side, the table of an olympiad with one row for each
// attempt, the cards of the graders used, and what they make of each row. NotFound for a run without
// proofs.
Result<reports::GradingReport> build_grading_report(Store& store, const std::string& run_id);

// One sentence for the medal line of other reports: what the card of the run's grader makes of a total
// of one attempt a problem. nullopt where no grader was used or there are several attempts; where the
// grader has no card the sentence says so.
Result<std::optional<std::string>> forecast_sentence(Store& store, const std::string& contest,
                                                     const std::vector<ProblemSnapshot>& problems,
                                                     const std::vector<Attempt>& attempts);

// The figures of a card for people: label and "0.93 [0.90, 0.96], n = 60".
reports::GraderCardView card_view(const GraderCard& card);

}  // namespace eval::evaluator
