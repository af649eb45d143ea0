#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "problems/problem.h"

namespace eval::problems {

// What is asked of a piece of code in LiveCodeBench's test output prediction and code execution. Such a
// problem is one that only asks for an answer (ProofTask::is_answer_only): its short answer is the expected
// output, its grading guidelines are the row of the data set, and Problem::source names the scenario.
struct PredictionTask {
  enum class Kind {
    TestOutput,     // from the statement of a function and its arguments, without code
    CodeExecution,  // from the code of a function and a call of it
  };
  Kind kind = Kind::TestOutput;
  std::string function_name;
  std::string code;      // TestOutput: the starter code; CodeExecution: the function
  std::string input;     // TestOutput: arguments, JSON, one a line; CodeExecution: "f(x = 3)"
  std::string expected;  // TestOutput: JSON; CodeExecution: a Python expression
  friend bool operator==(const PredictionTask&, const PredictionTask&) = default;
};

// Of a Problem::source; nullopt for every other problem.
std::optional<PredictionTask::Kind> prediction_kind(std::string_view source);
std::optional<PredictionTask> prediction_task(const Problem& problem);

// What a problem asks for, in words: "program", "patch", "proof", "answer", "code execution" or "test output prediction".
std::string_view asked_for(const Problem& problem);

}  // namespace eval::problems
