#pragma once

#include <functional>
#include <string_view>

#include "base/json.h"
#include "reports/report_model.h"

// The pieces of the JSON report, shared with the HTML page, which embeds the same objects.
namespace eval::reports {

// How a text that can be long goes in: the JSON report takes it whole, the page shortens it.
using TextEncoder = std::function<Json(std::string_view)>;

Json run_to_json(const RunView& run);
Json score_to_json(const ScoreModel& score);
// null where there are none.
Json controls_to_json(const std::optional<ControlsModel>& controls);

// Everything about a problem but its statement and attempts.
Json problem_to_json(const ProblemView& problem);

// Everything about an attempt but its prompt.
Json attempt_to_json(const AttemptView& attempt, const TextEncoder& encode);

Json prompt_to_json(const std::vector<MessageView>& prompt, const TextEncoder& encode);

}  // namespace eval::reports
