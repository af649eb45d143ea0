#include "evaluator/livecodebench_prompt.h"

#include <fmt/format.h>

#include "base/embedded.h"
#include "base/text.h"
#include "judges/swe/python_text.h"

EVAL_EMBEDDED(eval_lcb_execution_1)
EVAL_EMBEDDED(eval_lcb_execution_cot_1)

namespace eval::evaluator {
namespace {

constexpr std::string_view kGenerationSystem =
    "You are an expert Python programmer. You will be given a question (problem specification) and "
    "will generate a correct Python program that matches the specification and passes all tests.";
constexpr std::string_view kWithStarterCode =
    "You will use the following starter code to write the solution to the problem and enclose your "
    "code within delimiters.";
constexpr std::string_view kWithoutStarterCode =
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly "
    "test on the sample inputs). Enclose your code within delimiters as follows. Ensure that when "
    "the python program runs, it reads the inputs, runs the algorithm and writes output to STDOUT.";
// "orchastrates": so it is officially.
constexpr std::string_view kWithMain =
    "Implement a function called `main()` which orchastrates the solution by reading inputs from "
    "stdin and writing the answer to stdout. Feel free to use additional functions as necessary. "
    "Next do NOT forget to call `main` function at the end of the program otherwise you will not "
    "be awarded any points.";
constexpr std::string_view kGeminiRules =
    " Do NOT use system calls like `exit` in the generated program. Ensure that the first code "
    "block contains the solution.";
constexpr std::string_view kQwenSystem = "You are a helpful assistant.";
constexpr std::string_view kQwqSystem =
    "You are a helpful and harmless assistant. You are Qwen developed by Alibaba. You should think "
    "step-by-step.";
constexpr std::string_view kDeepSeekR1System =
    "A conversation between User and Assistant. The user asks a question, and the Assistant solves "
    "it. The assistant first thinks about the reasoning process in the mind and then provides the "
    "user with the answer. The reasoning process and answer are enclosed within <think> </think> "
    "and <answer> </answer> tags, respectively, i.e., <think> reasoning process here </think> "
    "<answer> answer here </answer>.";
constexpr std::string_view kOpenModelTask =
    "You will be given a question (problem specification) and will generate a correct Python "
    "program that matches the specification and passes all tests.";
constexpr std::string_view kOnlyTheProgram =
    " You will NOT return anything except for the program.";
constexpr std::string_view kAnswer = "### Answer: (use the provided format with backticks)\n\n";

constexpr std::string_view kTestOutputSystem =
    "You are a helpful programming assistant and an expert Python programmer. You are helping a "
    "user "
    "to write a test case to help to check the correctness of the function. The user has written a "
    "input for the testcase. You will calculate the output of the testcase and write the whole "
    "assertion statement in the markdown code block with the correct output.";

constexpr std::string_view kExecutionSystem =
    "You are an expert at Python programming, code execution, test case generation, and fuzzing.";

constexpr std::string_view kRepairSystem =
    "You are a helpful programming assistant and an expert Python programmer. You are helping a "
    "user "
    "write a program to solve a problem. The user has written some code, but it has some errors "
    "and "
    "is not passing the tests. You will help the user by first giving a concise (at most 2-3 "
    "sentences) textual explanation of what is wrong with the code. After you have pointed out "
    "what "
    "is wrong with the code, you will then generate a fixed version of the program. You must put "
    "the "
    "entired fixed program within code delimiters only for once.";
constexpr std::string_view kRepairFormat =
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly "
    "test on the sample inputs). Enclose your code within delimiters as follows.";
constexpr std::string_view kRepairRepeat =
    "First reason about the code providing a textual explanation of what is wrong with the code "
    "and "
    "then generate a fixed of the program enclosed code delimiters.";

runners::Prompt chat(std::string_view system, std::string user) {
  runners::Prompt prompt;
  prompt.messages.push_back({runners::Role::System, std::string(system)});
  prompt.messages.push_back({runners::Role::User, std::move(user)});
  return prompt;
}

runners::Prompt user(std::string text) {
  return {{{runners::Role::User, std::move(text)}}};
}

// How the answer has to look; `for_programs` where there is no starter code.
std::string format_text(std::string_view for_programs, std::string_view starter_code) {
  const bool has_starter = !starter_code.empty();
  return fmt::format("{}\n```python\n{}\n```\n\n", has_starter ? kWithStarterCode : for_programs,
                     has_starter ? starter_code : "# YOUR CODE HERE");
}

// A member as a format string of Python shows it.
std::string shown(const Json& metadata, std::string_view key) {
  const Json* member = find_member(metadata, key);
  if (member == nullptr) return "None";
  return member->is_string() ? member->get<std::string>() : to_json_line(*member);
}

}  // namespace

runners::Prompt livecodebench_generation_prompt(LiveCodeBenchStyle style, std::string_view question,
                                                std::string_view starter_code) {
  const std::string format = format_text(kWithoutStarterCode, starter_code);
  const auto sections = [&](std::string_view format_section) {
    return fmt::format("### Question:\n{}\n\n### Format: {}{}", question, format_section, kAnswer);
  };
  const auto open_model = [&](std::string_view opening) {
    return fmt::format("{}\n\nQuestion: {}\n\n{}", opening, question, format);
  };
  const std::string system(kGenerationSystem);
  switch (style) {
    case LiveCodeBenchStyle::Chat:
      return chat(system, sections(format));
    case LiveCodeBenchStyle::Reasoning:
      return user(system + "\n\n" + sections(format));
    case LiveCodeBenchStyle::OpenAiReason:
      return user(system + "\n\n" + sections(format_text(kWithMain, starter_code)));
    case LiveCodeBenchStyle::Claude:
      return chat(system, std::string(judges::swe::python_rstrip(sections(format))));
    case LiveCodeBenchStyle::Gemini:
      return user(fmt::format("{}{}\n{}", system, kGeminiRules, sections(format)));
    case LiveCodeBenchStyle::GeminiThinking:
      return user(system + "\n" + sections(format));
    // Officially two newlines are behind the token "user" of these two; their chat template has the first.
    case LiveCodeBenchStyle::Qwen:
      return chat(kQwenSystem, open_model(fmt::format("\n{}{}", kOpenModelTask, kOnlyTheProgram)));
    case LiveCodeBenchStyle::Qwq:
      return chat(kQwqSystem, open_model(fmt::format("\n{}", kOpenModelTask)));
    case LiveCodeBenchStyle::DeepSeekR1:
      return chat(kDeepSeekR1System, open_model(kOpenModelTask));
  }
  return {};
}

runners::Prompt livecodebench_test_output_prompt(std::string_view question,
                                                 const problems::PredictionTask& task) {
  // No newline behind the statement: so it is officially.
  return chat(
      kTestOutputSystem,
      fmt::format("Problem:\n{}Function:\n```\n{}\n```\nPlease complete the following test "
                  "case:\n\n```\nassert {}({}) == # TODO\n```\n",
                  question, task.code, task.function_name, join(split(task.input, '\n'), ", ")));
}

runners::Prompt livecodebench_execution_prompt(const problems::PredictionTask& task,
                                               bool step_by_step) {
  return chat(kExecutionSystem,
              fmt::format("{}{}\nassert {} == ??\n[/PYTHON]\n{}\n",
                          step_by_step ? eval_lcb_execution_cot_1() : eval_lcb_execution_1(),
                          task.code, task.input, step_by_step ? "[THOUGHT]" : "[ANSWER]"));
}

std::string livecodebench_repair_feedback(const Json& metadata) {
  const Json* code = find_member(metadata, "error_code");
  if (code == nullptr || !code->is_number_integer()) return {};
  const auto number = code->get<std::int64_t>();
  const bool is_of_a_test = find_member(metadata, "inputs") != nullptr;
  if (number == -1 || (number <= -4 && !is_of_a_test)) {
    const std::string_view key =
        find_member(metadata, "error") == nullptr ? "error_message" : "error";
    return "The above code is incorrect and got the following compilation error.\n" +
           shown(metadata, key);
  }
  if (number == -2) {
    return fmt::format(
        "The above code is incorrect and got a wrong answer.\nInput: {}\nGenerated Output: "
        "{}\nExpected: {}",
        shown(metadata, "inputs"), shown(metadata, "output"), shown(metadata, "expected"));
  }
  if (number == -3) {
    return fmt::format(
        "The above code is incorrect and got time limit exceeded.\n{}\nInput: {}\nExpected: {}",
        shown(metadata, "error"), shown(metadata, "inputs"), shown(metadata, "expected"));
  }
  return fmt::format(
      "The above code is incorrect and got a runtime error.\nInput: {}\nExpected: {}\n{}",
      shown(metadata, "inputs"), shown(metadata, "expected"), shown(metadata, "error"));
}

runners::Prompt livecodebench_repair_prompt(LiveCodeBenchStyle style, std::string_view question,
                                            std::string_view code, const Json& metadata) {
  // Officially the words for programs that read standard input, also where a function is asked for.
  const std::string text = fmt::format(
      "### Question:\n{}\n\n### Answer:\n```python\n{}\n```\n\n{}\n### Format: {}\n```python\n# "
      "YOUR "
      "CODE HERE\n```\n\n{}",
      question, code, livecodebench_repair_feedback(metadata), kRepairFormat, kAnswer);
  switch (style) {
    case LiveCodeBenchStyle::Reasoning:
    case LiveCodeBenchStyle::OpenAiReason:
    case LiveCodeBenchStyle::Gemini:
    case LiveCodeBenchStyle::GeminiThinking:
      return user(fmt::format("{}\n{}", kRepairSystem, text));
    case LiveCodeBenchStyle::Claude:
      return chat(kRepairSystem, std::string(judges::swe::python_rstrip(text)));
    case LiveCodeBenchStyle::Chat:
    case LiveCodeBenchStyle::Qwen:
    case LiveCodeBenchStyle::Qwq:
    case LiveCodeBenchStyle::DeepSeekR1:
      return chat(kRepairSystem, fmt::format("{}\n\n{}", text, kRepairRepeat));
  }
  return {};
}

}  // namespace eval::evaluator
