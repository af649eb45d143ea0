#pragma once

#include <optional>
#include <string_view>

namespace eval::judges {

// The outcome of one submission or one testcase. "Not yet judged" is not a verdict.
enum class Verdict {
  AC,   // accepted
  PC,   // partial credit
  WA,   // wrong answer
  TLE,  // time limit exceeded
  MLE,  // memory limit exceeded
  OLE,  // output limit exceeded
  RE,   // run-time error
  CE,   // compile error, or patch does not apply
  NA,   // no submission in the generation
  JE,   // judge error: checker, grader or validator failed; never the submission's fault
  IE,   // infrastructure error: no generation, no box, no compiler
};

inline constexpr Verdict kAllVerdicts[] = {Verdict::AC,  Verdict::PC,  Verdict::WA, Verdict::TLE,
                                           Verdict::MLE, Verdict::OLE, Verdict::RE, Verdict::CE,
                                           Verdict::NA,  Verdict::JE,  Verdict::IE};

std::string_view verdict_name(Verdict verdict);         // "AC"
std::string_view verdict_description(Verdict verdict);  // "accepted"
// Also accepts "RTE" for RE. nullopt for an unknown code.
std::optional<Verdict> verdict_from_name(std::string_view name);

}  // namespace eval::judges
