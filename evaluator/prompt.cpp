#include "evaluator/prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "problems/prediction_task.h"

namespace eval::evaluator {
namespace {

using problems::Problem;
using problems::ProgramTask;

constexpr std::string_view kProgram = "evalctl-program-1";
constexpr std::string_view kTestOutput = "livecodebench-test-output-1";
constexpr std::string_view kExecution = "livecodebench-execution-1";
constexpr std::string_view kExecutionCot = "livecodebench-execution-cot-1";
constexpr std::string_view kNemoSkills = "nemo-skills-1";
constexpr std::string_view kNemoSkillsBlock = "nemo-skills-2";
constexpr std::string_view kPatch = "evalctl-patch-1";
constexpr std::string_view kProof = "evalctl-proof-1";
constexpr std::string_view kAnswer = "evalctl-answer-1";

struct Template {
  std::string_view name;
  std::string_view kind;                         // of task, that it is made for
  std::optional<LiveCodeBenchStyle> style = {};  // of programs asked for in LiveCodeBench's words
};

// The first of a kind is its default.
constexpr Template kTemplates[] = {
    {kProgram, "program"},
    {"livecodebench-generic-2", "program", LiveCodeBenchStyle::Chat},
    {"livecodebench-reasoning-1", "program", LiveCodeBenchStyle::Reasoning},
    {"livecodebench-openai-reason-1", "program", LiveCodeBenchStyle::OpenAiReason},
    {"livecodebench-claude-1", "program", LiveCodeBenchStyle::Claude},
    {"livecodebench-gemini-1", "program", LiveCodeBenchStyle::Gemini},
    {"livecodebench-gemini-thinking-1", "program", LiveCodeBenchStyle::GeminiThinking},
    {"livecodebench-qwen-1", "program", LiveCodeBenchStyle::Qwen},
    {"livecodebench-qwq-1", "program", LiveCodeBenchStyle::Qwq},
    {"livecodebench-deepseek-r1-1", "program", LiveCodeBenchStyle::DeepSeekR1},
    {kNemoSkills, "program"},
    {kNemoSkillsBlock, "program"},
    {kPatch, "patch"},
    {kProof, "proof"},
    {kAnswer, "answer"},
    {kTestOutput, "test output prediction"},
    {kExecution, "code execution"},
    {kExecutionCot, "code execution"},
};

const Template* find_template(std::string_view name) {
  const auto* found = std::ranges::find(kTemplates, name, &Template::name);
  return found == std::end(kTemplates) ? nullptr : found;
}

runners::Prompt user_prompt(std::string text) {
  return {{{runners::Role::User, std::move(text)}}};
}

std::string unix_lines(std::string_view text) {
  return replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
}

// One space between words, so that layout does not hide that two texts are the same.
std::string squeezed(std::string_view text) {
  std::string result;
  for (const std::string_view word : split_words(text)) result.append(word).append(" ");
  return result;
}

// A fenced block whose fence is longer than any run of backticks in it.
std::string fenced(std::string_view content, std::string_view tag = "") {
  std::size_t run = 0;
  std::size_t longest = 2;
  for (const char c : content) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const bool needs_newline = !content.empty() && !content.ends_with('\n');
  return fmt::format("{}{}\n{}{}{}\n", fence, tag, content, needs_newline ? "\n" : "", fence);
}

std::string title_of(const Problem& problem) {
  return problem.title.empty() ? problem.slug : problem.title;
}

std::string statement_of(const Problem& problem) {
  return std::string(trim(unix_lines(problem.statement)));
}

std::string names_of(const std::vector<const judges::Language*>& languages) {
  std::string text;
  for (std::size_t i = 0; i < languages.size(); ++i) {
    if (i > 0) text += i + 1 == languages.size() ? " or " : ", ";
    text += languages[i]->name;
  }
  return text;
}

// The plain tag of the language's family: "cpp" for every C++, which is what models write.
std::string fence_tag(const judges::Language& language, const judges::Languages& languages) {
  for (const judges::Language& row : languages.all()) {
    if (row.tags.empty() || row.extensions.empty()) continue;
    const auto& own = language.extensions;
    if (std::ranges::find(own, row.extensions.front()) != own.end()) return row.tags.front();
  }
  return language.id;
}

std::string limits_text(const Problem& problem, const ProgramTask& task) {
  std::string text = "## Limits\n\n";
  if (task.limits.cpu_time) {
    const double seconds = static_cast<double>(task.limits.cpu_time->count()) / 1000;
    text += fmt::format("- Time: {:g} s of processor time for each test\n", seconds);
  }
  text += fmt::format("- Memory: {}\n", to_string(task.limits.memory));
  if (task.is_scoring) {
    text += fmt::format(
        "- Score: up to {:g} points; a program that solves a part of the tests can "
        "have a part of the points\n",
        problem.points_max);
  }
  return text + "\n";
}

std::string samples_text(const std::vector<PromptSample>& samples) {
  std::string text;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    text += fmt::format("## Sample {}\n\nInput:\n\n{}\nOutput:\n\n{}\n", i + 1,
                        fenced(samples[i].input), fenced(samples[i].output));
  }
  return text;
}

std::string task_text(const ProgramTask& task, const std::vector<const judges::Language*>& asked,
                      const judges::Languages& languages) {
  if (!task.function_name.empty()) {
    return fmt::format(
        "## Your task\n\nComplete this code in Python so that `{}` returns what is asked "
        "for:\n\n{}\n"
        "End your answer with the whole code in a single fenced code block that starts with "
        "```python.\n",
        task.function_name, fenced(task.starter_code, "python"));
  }
  const std::string manner =
      task.type == problems::TaskType::Interactive
          ? "It talks to another program through standard input and standard output: flush the "
            "output after every line."
          : "It reads from standard input and writes to standard output, exactly in the format "
            "described and nothing else.";
  return fmt::format(
      "## Your task\n\nWrite one complete program in {}. {} End your answer with the whole "
      "program in a single fenced code block that starts with ```{}{}.\n",
      names_of(asked), manner, fence_tag(*asked.front(), languages),
      asked.size() == 1 ? "" : " (or the tag of your language)");
}

runners::Prompt program_prompt(const Problem& problem, const ProgramTask& task,
                               const std::vector<PromptSample>& samples,
                               const std::vector<const judges::Language*>& asked,
                               const judges::Languages& languages) {
  const bool is_latex = problem.statement_format == problems::StatementFormat::Latex;
  return user_prompt(
      fmt::format("Solve this competitive programming problem.{}\n\n# {}\n\n{}\n\n{}{}{}",
                  is_latex ? " Its statement is given as LaTeX source." : "", title_of(problem),
                  statement_of(problem), limits_text(problem, task), samples_text(samples),
                  task_text(task, asked, languages)));
}

// The statement as NeMo-Skills' data set has it: with a block that says how to answer.
std::string nemo_skills_question(const Problem& problem, const ProgramTask& task,
                                 std::string_view tag) {
  const std::string code = task.starter_code.empty() ? "# YOUR CODE HERE" : task.starter_code;
  const std::string manner =
      task.starter_code.empty()
          ? "Read the input from stdin, solve the problem and write the answer to stdout; do not "
            "just test the sample inputs. Put your code between the delimiters below.\n"
          : "Write the solution on top of this starter code, and put your code between the "
            "delimiters.";
  return fmt::format("{}\n\n{}\n```{}\n{}\n```\n", statement_of(problem), manner, tag, code);
}

runners::Prompt nemo_skills_prompt(const std::string& question, const std::string& asked_tag) {
  const bool is_cpp = asked_tag == "cpp";
  const std::string_view name = is_cpp ? "C++" : "Python";
  const std::string_view tag = is_cpp ? "cpp" : "python";
  return user_prompt(fmt::format(
      "You are a helpful assistant for programming problems. Think step by step first, then solve "
      "the problem below. Use {0} only, and give the final code in one block:\n```{1}\n# your "
      "code\n```\n\n{2}\n",
      name, tag, replace_all(question, "    ", "\t")));
}

runners::Prompt patch_prompt(const Problem& problem, const problems::PatchTask& task) {
  return user_prompt(
      fmt::format("The repository {} at commit {} has the issue below. Write a change that "
                  "resolves it without breaking what works. End your answer with the whole change "
                  "as a unified diff, as `git diff` prints it, in a single fenced code block that "
                  "starts with ```diff.\n\n# {}\n\n{}\n",
                  task.repository, task.base_commit, title_of(problem), statement_of(problem)));
}

runners::Prompt proof_prompt(const Problem& problem) {
  return user_prompt(
      fmt::format("Solve this problem of a mathematics olympiad. Give a complete and rigorous "
                  "proof in Markdown with LaTeX formulas: it is marked from 0 to {:g}, and a right "
                  "answer without its justification counts for little. Say so plainly if a part "
                  "remains unproved.\n\n# {}\n\n{}\n",
                  problem.points_max, title_of(problem), statement_of(problem)));
}

runners::Prompt answer_prompt(const Problem& problem) {
  return user_prompt(
      fmt::format("Solve this problem of a mathematics olympiad. Only the final answer is judged, "
                  "and it has to be exact. Reason step by step, and end with the answer in "
                  "\\boxed{{}}: one value, or all of them separated by commas.\n\n{}\n",
                  statement_of(problem)));
}

Result<std::string> shown(const problems::DataFile& file) {
  return shorten(to_valid_utf8(unix_lines(EVAL_TRY(read_file(file.path)))), kSampleTextMax.count);
}

}  // namespace

std::vector<std::string> prompt_template_names() {
  std::vector<std::string> names;
  for (const Template& row : kTemplates) names.emplace_back(row.name);
  return names;
}

LiveCodeBenchStyle livecodebench_style_of(std::string_view prompt_template) {
  const Template* row = find_template(prompt_template);
  return row == nullptr ? LiveCodeBenchStyle::Chat : row->style.value_or(LiveCodeBenchStyle::Chat);
}

Result<std::string> prompt_template_for(const Problem& problem, std::string_view name) {
  const std::string_view wanted = problems::asked_for(problem);
  const auto* row =
      name.empty() ? std::ranges::find(kTemplates, wanted, &Template::kind) : find_template(name);
  if (row != nullptr) {
    if (row->kind == wanted) return std::string(row->name);
    return fail(ErrorCode::Usage,
                fmt::format("prompt template \"{}\" is made for a {}, and \"{}\" asks for a {}",
                            name, row->kind, problem.id, wanted));
  }
  const auto close = closest_match(name, prompt_template_names());
  return fail(ErrorCode::Usage, fmt::format("there is no prompt template \"{}\"", name), {},
              close ? fmt::format("did you mean \"{}\"?", *close)
                    : "known: " + join(prompt_template_names(), ", "));
}

std::vector<const judges::Language*> languages_to_ask(const ProgramTask& task,
                                                      const std::vector<std::string>& preferred,
                                                      const judges::Languages& languages) {
  const std::vector<std::string>& allowed = task.languages;
  std::vector<const judges::Language*> rows;
  const auto add = [&](const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      const judges::Language* row = languages.find(id);
      if (row == nullptr) continue;
      if (allowed.empty() || std::ranges::find(allowed, id) != allowed.end()) rows.push_back(row);
    }
  };
  add(preferred);
  if (rows.empty()) add(allowed);
  if (rows.empty()) add({"cpp20", "python3"});
  return rows;
}

Result<std::vector<PromptSample>> samples_to_add(const Problem& problem) {
  std::vector<PromptSample> samples;
  const auto* task = std::get_if<ProgramTask>(&problem.task);
  if (task == nullptr || task->type != problems::TaskType::Batch) return samples;
  // A grader reads these files, not the submission, and they may hold what only it should know: the
  // words by which an IOI grader marks its output as its own.
  if (!task->submission_name.empty()) return samples;
  for (const problems::Testcase& testcase : task->testcases) {
    if (!testcase.is_sample || samples.size() == kSamplesMax) continue;
    samples.push_back({EVAL_TRY_IN(shown(testcase.input), "sample " + testcase.name),
                       EVAL_TRY_IN(shown(testcase.answer), "sample " + testcase.name)});
  }
  const std::string statement = squeezed(to_lower(problem.statement));
  const auto has = [&](const std::string& text) {
    return statement.find(squeezed(to_lower(text))) != std::string::npos;
  };
  if (!has("sample") && !has("example")) return samples;
  const bool has_all = std::ranges::all_of(
      samples, [&](const PromptSample& sample) { return has(sample.input) && has(sample.output); });
  return has_all ? std::vector<PromptSample>{} : samples;
}

Result<runners::Prompt> make_prompt(const Problem& problem,
                                    const std::vector<PromptSample>& samples,
                                    const PromptOptions& options,
                                    const judges::Languages& languages) {
  const std::string name = EVAL_TRY(prompt_template_for(problem, options.prompt_template));
  if (trim(problem.statement).empty()) {
    const bool is_pdf = problem.statement_format == problems::StatementFormat::Pdf;
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" has {}", problem.id,
                            is_pdf ? "its statement only as a PDF" : "no statement"),
                problem.directory.string(),
                "add the statement as Markdown or LaTeX, or replay a recording");
  }
  if (name == kPatch) return patch_prompt(problem, std::get<problems::PatchTask>(problem.task));
  if (name == kProof) return proof_prompt(problem);
  if (name == kAnswer) return answer_prompt(problem);
  if (const auto task = problems::prediction_task(problem)) {
    if (name == kTestOutput) return livecodebench_test_output_prompt(problem.statement, *task);
    return livecodebench_execution_prompt(*task, name == kExecutionCot);
  }
  const auto& task = std::get<ProgramTask>(problem.task);
  if (const auto& style = find_template(name)->style) {
    return livecodebench_generation_prompt(*style, problem.statement, task.starter_code);
  }
  const auto asked = languages_to_ask(task, options.languages, languages);
  if (asked.empty()) {
    return fail(ErrorCode::Unsupported,
                fmt::format("none of the languages problem \"{}\" allows is known", problem.id));
  }
  if (name == kNemoSkills) {
    return nemo_skills_prompt(statement_of(problem), fence_tag(*asked.front(), languages));
  }
  if (name == kNemoSkillsBlock) {
    const std::string tag = fence_tag(*asked.front(), languages);
    return nemo_skills_prompt(nemo_skills_question(problem, task, tag == "cpp" ? "cpp" : "python"),
                              tag);
  }
  return program_prompt(problem, task, samples, asked, languages);
}

}  // namespace eval::evaluator
