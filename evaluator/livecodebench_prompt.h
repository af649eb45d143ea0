#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "problems/prediction_task.h"
#include "runners/runner.h"

// The prompts of LiveCodeBench's own runner, to the byte. The texts are the benchmark's (MIT licence, Copyright (c)
// 2024 LiveCodeBench); a score under other words would be another score. Pure.
namespace eval::evaluator {

// Whose prompt of code generation: the runner has one for each of its model styles, named behind each. Of the last
// three it writes the tokens of the chat template itself, and what is between them is the messages here.
enum class LiveCodeBenchStyle {
  Chat,            // OpenAIChat, DeepSeekAPI, TogetherAI, CohereCommand, MistralWeb; LLaMa3
  Reasoning,       // OpenAIReasonPreview, Grok: no system message, its text opens the user's
  OpenAiReason,    // OpenAIReason: likewise, and programs are asked for a main()
  Claude,          // Claude3, Claude3Thinking: Chat without white space at the end
  Gemini,          // Gemini: one message, with rules of its own for the program
  GeminiThinking,  // GeminiThinking: one message
  Qwen,            // CodeQwenInstruct
  Qwq,             // QwQ
  DeepSeekR1,      // DeepSeekR1
};

runners::Prompt livecodebench_generation_prompt(LiveCodeBenchStyle style, std::string_view question,
                                                std::string_view starter_code);

// The other scenarios are in the style Chat.

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

// Officially for Chat, Claude and Gemini. The runner has none for the other styles: here those whose prompt of code
// generation has no system message ask as Gemini does, and the rest as Chat.
runners::Prompt livecodebench_repair_prompt(LiveCodeBenchStyle style, std::string_view question,
                                            std::string_view code, const Json& metadata);

}  // namespace eval::evaluator
