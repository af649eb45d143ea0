#pragma once

#include <string_view>

#include "judges/steps/check_outcome.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

// What a checker, interactor or manager said, by how its run ended. Pure functions: the three
// protocols, and the rule that whoever leaves its protocol is a judge error (JE) with all it said.
namespace eval::judges {

// How such a program is held to its protocol.
struct AnswerRules {
  std::string_view speaker = "checker";  // "checker", "interactor", "manager", for messages
  problems::ProgramLimits limits;        // validation_*
  bool gives_score = false;              // points count
  bool score_is_required = false;  // gives_score, and accepting without one is JE (legacy Kattis)
  bool counts_something = false;   // CMS GroupThreshold: an outcome may be any number from 0
};

// Kattis: 42 accepts, 43 rejects. The message is judgemessage.txt, teammessage.txt, or standard error;
// the score that of score.txt or score_multiplier.txt. `feedback` is what it left. An acceptance that
// asks for another pass needs no score.
CheckOutcome kattis_answer(const sandbox::ExecutionResult& run, Feedback feedback,
                           const AnswerRules& rules);

// CMS: exit code 0, first line of standard output a number 0 .. 1, first line of standard error the
// message ("translate:success", "translate:wrong" and "translate:partial" are its stock messages).
// 0 is WA, 1 and more AC, what lies between PC with that fraction; WA where the problem has no points.
CheckOutcome cms_answer(const sandbox::ExecutionResult& run, const AnswerRules& rules);

// testlib: 0 accepts; 1 wrong, 2 presentation error, 4 dirt and 8 unexpected end of file are WA; 7
// gives points (WA for 0), the number after the word "points" of its message; 16 .. 116 a fraction in hundredths
// above 16, which is WA, PC or AC as in CMS. 3 (its own failure) and anything else are JE. Where the problem has no points, 7 and
// partial credit are JE too. The message is standard error.
CheckOutcome testlib_answer(const sandbox::ExecutionResult& run, const AnswerRules& rules);

}  // namespace eval::judges
