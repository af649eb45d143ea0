#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "problems/prediction_task.h"
#include "runners/runner.h"

// The prompts of LiveCodeBench's own runner for chat models (its style OpenAIChat), to the byte: a system
// message and one of the user. The texts are the benchmark's (MIT licence, Copyright (c) 2024 LiveCodeBench);
// a score under other words would be another score. Pure.
namespace eval::evaluator {

runners::Prompt livecodebench_generation_prompt(std::string_view question,
                                                std::string_view starter_code);

runners::Prompt livecodebench_test_output_prompt(std::string_view question,
                                                 const problems::PredictionTask& task);

// `step_by_step`: with an example of reasoning before the answer (chain of thought).
runners::Prompt livecodebench_execution_prompt(const problems::PredictionTask& task,
                                               bool step_by_step);

// What is said about a program that failed. `metadata` is an entry of "metadata" of the official output, parsed:
// error_code -1 compilation error, -2 wrong answer, -3 time limit, -4 runtime error, with "inputs",
// "expected", "output", "error" as the code asks for. Empty without a code, as officially. Where the official
// runner itself fails, a -4 outside of any test is told as a compilation error, and any other code as -4.
std::string livecodebench_repair_feedback(const Json& metadata);

runners::Prompt livecodebench_repair_prompt(std::string_view question, std::string_view code,
                                            const Json& metadata);

}  // namespace eval::evaluator
