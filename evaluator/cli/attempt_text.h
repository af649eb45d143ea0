#pragma once

#include <string>

#include "reports/report_model.h"

namespace eval::cli {

// A problem and its attempts for reading in a terminal: one line each, or in full with reply, code,
// tests and logs. Control characters of untrusted text are made visible.
std::string problem_text(const reports::ProblemView& problem, bool in_full);

// `text` with control characters but newline and tab shown as "\x1b": model output must not steer a
// terminal.
std::string printable(std::string_view text);

}  // namespace eval::cli
