#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/report_model.h"

// The numbers and short phrases that the text reports share, so that they say the same thing.
namespace eval::reports {

// At most two decimals, no trailing zeros: "412.5", "7".
std::string format_number(double value);

// In the metric's own scale: "62.5 %" for a rate, "412.5" for points.
std::string format_on_scale(const Metric& metric, double value);

// The value with its full marks where that is not 100 %: "62.5 %", "412.5 of 600".
std::string format_value(const Metric& metric);

// "48.1 % to 75.2 %", or "" where no interval was computed.
std::string format_interval(const Metric& metric);

// "59.4 % to 65.6 %" if unresolved attempts leave the value open, else "".
std::string format_bounds(const Metric& metric);

// "12.5 above", "reached exactly", "24.7 short"; a dash if it is not known.
std::string format_distance(const MedalCutoff& cutoff);

// "silver: 412.5 of 600, 24.7 short of gold", the one-line answer.
std::string medal_headline(const MedalOutcome& medal);

// "rank 3 to 7, penalty 1120 minutes" as far as it is known, else "".
std::string format_rank(const MedalOutcome& medal);

// The verdict's code, or "--" for an attempt that is not judged.
std::string verdict_code(const std::optional<judges::Verdict>& verdict);

// The metric's or run's settings in a fixed order: "temperature 1, top_p 0.95".
std::string format_sampling(const RunView& run);

// "up to 2024-09-01, as declared; pass@1 of problems before it 60.0 % (95 % 23.1 % to 88.2 %, n = 5), ...".
// Empty where no training cut-off is declared.
std::string format_training(const ReportModel& model);

// "169 of 169 attacks held (evalctl 1.0, 2026-01-01T00:00:00Z)", or that the suite was not
// run on the machine that judged.
std::string format_selftest(const SandboxView& sandbox);

// "42 of 42 replays gave the same tokens (10 % of 210 completions; 3 at once, shuffled; 2026-01-01T...)".
std::string format_repro(const ReproView& check);

// "2 instances are set apart (controls: 8 reference patches, 8 that change nothing)", or that no
// control was run.
std::string format_controls(const ControlsModel& controls);

// How many of the problem's attempts are AC.
int accepted_count(const ProblemView& problem);

// The first test that is not accepted, or nullptr.
const judges::TestResult* first_failure(const judges::Judgement& judgement);

// One sentence why the attempt has its verdict: first failing test and message, the judge's detail,
// the last error. Empty for AC.
std::string explain(const AttemptView& attempt);

}  // namespace eval::reports
