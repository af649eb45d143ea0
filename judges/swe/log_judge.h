#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "judges/judge.h"
#include "judges/swe/log_folder.h"

namespace eval::judges::swe {

// How the detail of a judgement begins whose instance left nothing.
inline constexpr std::string_view kNoLog = "there is no log of instance";

// Judges patches by what their evaluation elsewhere left behind; runs nothing and needs no sandbox.
// The submission itself is not looked at: whoever makes the run sees to it that it is the one the logs
// are of. JE for an instance without files. Unsupported for tasks that are no patch.
std::unique_ptr<Judge> make_log_judge(std::map<std::string, EvaluationFiles> evaluations,
                                      Harness harness);

}  // namespace eval::judges::swe
