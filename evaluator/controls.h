#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/attempt.h"
#include "evaluator/store/store.h"
#include "reports/report_model.h"

// The controls of a SWE-bench run: the reference patch, which must be resolved, and a patch that changes
// nothing, which must not. They are runs of their own in the same store (`evalctl run --gold --empty`).
namespace eval::evaluator {

inline constexpr std::string_view kGoldModel = "replay:gold";
inline constexpr std::string_view kEmptyModel = "replay:empty";

bool is_control(const RunManifest& manifest);

// What of a judgement's fingerprint has to agree for two of them to be compared: judge, harness, parser
// and environment; not the rung of the box. nullopt for a judgement that was made in no environment.
std::optional<std::string> way_of_judging(const judges::Judgement& judgement);

// What the store's controls say of the run's problems. A control counts for a problem with the same
// content that was judged in the same way; of several the latest counts, and of its judgements all, so
// that `--repeat` finds what is flaky. Controls that failed on our side (IE) are none. The headline
// without what is set apart is left to the caller. nullopt for a run that was not judged in environments.
Result<std::optional<reports::ControlsModel>> controls_of(
    Store& store, const std::vector<ProblemSnapshot>& problems,
    const std::vector<Attempt>& attempts);

}  // namespace eval::evaluator
