#pragma once

#include <string>

#include "base/result.h"
#include "judges/steps/check_outcome.h"
#include "judges/steps/checker_answer.h"
#include "judges/steps/session.h"
#include "problems/problem.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// What is to be checked.
struct CheckRequest {
  const problems::Testcase& testcase;
  sandbox::FileSource input;  // the testcase's, or that of a later pass
  std::string output;
  Feedback feedback = {};  // what earlier passes left
};

// Decides whether an output is right: by the package's checker in a box of its own, called as its
// protocol says, or by the task's comparison in this process. A checker that breaks, and flags that
// are not known, are JE outcomes. An Error only if the box failed, a file cannot be read or `stop`.
//
//   Kattis    .judge/input .judge/answer .judge/feedback/ flags..., the output on standard input
//   Cms       input.txt correct_output.txt user_output.txt flags..., and for a BatchAndOutput task
//             "outputonly" or "batch"
//   Testlib   .judge/input .judge/output .judge/answer flags...
Result<CheckOutcome> check(const Session& session, CheckRequest request);

// What checkers and interactors of a session are held to.
AnswerRules answer_rules(const Session& session, std::string_view speaker);

// The limits of a box for a checker; an interactor's add what the submission may take.
sandbox::Limits checker_limits(const problems::ProgramLimits& limits);

// The feedback folder as a checker or interactor of the Kattis protocol has it.
inline constexpr const char* kFeedbackFolder = ".judge/feedback/";
inline constexpr const char* kInputName = ".judge/input";
inline constexpr const char* kAnswerName = ".judge/answer";
inline constexpr const char* kOutputName = ".judge/output";
void add_feedback_folder(sandbox::Command& command, const Feedback& feedback);
Feedback feedback_of(const sandbox::ExecutionResult& run);

}  // namespace eval::judges
