#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "evaluator/livecodebench_prompt.h"
#include "judges/language.h"
#include "problems/problem.h"
#include "runners/runner.h"

// Problem -> prompt, by a named template. Changing a word of a template gives it a new number:
// results under different prompts must not look alike.
namespace eval::evaluator {

// Samples in a prompt: enough to show the format, not so much that a large sample eats the context.
inline constexpr Bytes kSampleTextMax = Bytes::kib(4);
inline constexpr std::size_t kSamplesMax = 5;

struct PromptOptions {
  std::string prompt_template;         // a name below; empty: the default of the kind of task
  std::vector<std::string> languages;  // language ids to ask for, first is best; empty: our default
};

// A sample testcase as shown, cut to kSampleTextMax a file.
struct PromptSample {
  std::string input;
  std::string output;
  friend bool operator==(const PromptSample&, const PromptSample&) = default;
};

// Every template:
//   evalctl-program-1        program  statement, limits, samples, languages; one fenced block asked
//   livecodebench-generic-2, -reasoning-1, -openai-reason-1, -claude-1, -gemini-1, -gemini-thinking-1,
//   livecodebench-qwen-1, -qwq-1, -deepseek-r1-1
//                            program  Python; LiveCodeBench's own words (livecodebench_prompt.h)
//   nemo-skills-1            program  NeMo-Skills' layout (helper sentence, step by step, one
//   fence,
//                                     four spaces become a tab), in our words
//   nemo-skills-2            program  the same with the block its data set puts behind the statement:
//                                     read standard input, or the starter code
//   evalctl-patch-1          patch    issue text; a unified diff in one ```diff block asked for
//   evalctl-proof-1          proof    problem; a complete proof asked for
//   evalctl-answer-1         proof    problem; the final answer in \boxed{} asked for (the default of
//                                     answer-only problems)
//   livecodebench-test-output-1    test output prediction, in LiveCodeBench's own words
//   livecodebench-execution-1      code execution, likewise
//   livecodebench-execution-cot-1  code execution, reasoning before the answer
std::vector<std::string> prompt_template_names();

// The style of a template in LiveCodeBench's words; Chat for every other.
LiveCodeBenchStyle livecodebench_style_of(std::string_view prompt_template);

// The template used for `problem`: `name`, or the default of its kind if empty. Usage for a name
// that does not exist (with the closest one) or is made for another kind of task.
Result<std::string> prompt_template_for(const problems::Problem& problem, std::string_view name);

// The languages a prompt asks for: those of `preferred` that exist and are allowed; else all that
// are allowed; else C++20 and Python 3.
std::vector<const judges::Language*> languages_to_ask(const problems::ProgramTask& task,
                                                      const std::vector<std::string>& preferred,
                                                      const judges::Languages& languages);

// The samples the prompt has to add: read from the package, empty where the statement has them
// (it speaks of samples or examples and contains every sample input and output). Not pure.
Result<std::vector<PromptSample>> samples_to_add(const problems::Problem& problem);

// Pure. Unsupported if the statement is only a PDF, which has no text to send.
Result<runners::Prompt> make_prompt(const problems::Problem& problem,
                                    const std::vector<PromptSample>& samples,
                                    const PromptOptions& options,
                                    const judges::Languages& languages);

}  // namespace eval::evaluator
