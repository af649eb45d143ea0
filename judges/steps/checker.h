#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "judges/steps/program.h"
#include "judges/steps/token_checker.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// How a checker of the Kattis format is judged itself.
struct CheckerRules {
  problems::ProgramLimits limits;
  bool gives_score = false;        // score.txt counts
  bool score_is_required = false;  // gives_score and no score.txt is a judge error (legacy formats)
};

// Checks `output` on one testcase with the package's own checker, in a box of its own: called as
// `checker input answer feedback_dir/ flags...` with the output on standard input. Exit code 42 is
// AC, 43 WA; anything else is JE. judgemessage.txt, teammessage.txt, score.txt and
// score_multiplier.txt of the feedback folder are read. An Error only if the box failed or `stop`.
Result<CheckOutcome> check_with_program(sandbox::Sandbox& sandbox, const Program& checker,
                                        const CheckerRules& rules,
                                        const problems::Testcase& testcase, std::string output,
                                        std::stop_token stop);

// Checks `output` with the default checker, in this process. A flag it does not know is JE.
Result<CheckOutcome> check_with_default(const problems::Testcase& testcase,
                                        std::string_view output);

}  // namespace eval::judges
