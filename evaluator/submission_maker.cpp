#include "evaluator/submission_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "base/text.h"
#include "evaluator/agent_world.h"
#include "evaluator/feedback.h"
#include "evaluator/strategies/parameters.h"
#include "judges/answer/extract_answer.h"

namespace eval::evaluator {
namespace {

using judges::Language;
using judges::Languages;

constexpr std::string_view kLiveCodeBenchLanguage = "python3";

bool contains(const std::vector<std::string>& values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> marks) {
  return std::ranges::any_of(
      marks, [&](std::string_view mark) { return text.find(mark) != std::string_view::npos; });
}

bool is_allowed(const Language& language, const std::vector<std::string>& allowed) {
  return allowed.empty() || contains(allowed, language.id);
}

bool shares_extension(const Language& a, const Language& b) {
  return std::ranges::any_of(a.extensions, [&](const std::string& extension) {
    return contains(b.extensions, extension);
  });
}

// `named`, or the member of its family (rows that share a file extension: C++17, 20, 23; Python 3
// and PyPy) that is preferred, or that is allowed where `named` is not.
const Language* pick_from_family(const Language& named, const std::vector<std::string>& preferred,
                                 const std::vector<std::string>& allowed,
                                 const Languages& languages) {
  for (const std::string& id : preferred) {
    const Language* row = languages.find(id);
    if (row != nullptr && shares_extension(*row, named) && is_allowed(*row, allowed)) return row;
  }
  if (is_allowed(named, allowed)) return &named;
  for (const Language& row : languages.all()) {
    if (shares_extension(row, named) && is_allowed(row, allowed)) return &row;
  }
  return &named;
}

bool names_a_standard(std::string_view tag) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return tag.size() > 2 && is_digit(tag.back()) && is_digit(tag[tag.size() - 2]);
}

const Language* row_of_tag(std::string_view tag, const std::vector<std::string>& preferred,
                           const std::vector<std::string>& allowed, const Languages& languages) {
  if (tag.empty()) return nullptr;
  const Language* named = languages.by_tag(tag);
  if (named == nullptr) named = languages.find(tag);
  if (named == nullptr) return nullptr;
  // "c++20" is meant as said; "cpp" means the C++ that was asked for.
  if (names_a_standard(tag) && is_allowed(*named, allowed)) return named;
  return pick_from_family(*named, preferred, allowed, languages);
}

bool starts_python_line(std::string_view line) {
  const std::vector<std::string_view> words = split_words(line);
  if (words.empty()) return false;
  if (words.front() == "def" || words.front() == "import") return line.front() != ' ';
  if (words.front() == "from") return contains_any(line, {" import "});
  if (words.front() == "for") return contains_any(line, {" in "}) && trim(line).ends_with(':');
  return line.starts_with("print(");
}

bool looks_like_python(std::string_view code) {
  if (contains_any(code, {"input()"})) return true;
  return std::ranges::any_of(split_lines(code), starts_python_line);
}

bool looks_like_cpp(std::string_view code) {
  return contains_any(code, {"std::", "using namespace", "cin", "cout", "<bits/stdc++.h>",
                             "template", "class ", "auto "});
}

bool looks_like_diff(std::string_view text) {
  text = trim(text);
  return text.starts_with("diff --git ") || text.starts_with("--- a/");
}

// A diff ends in a newline or `git apply` calls it corrupt.
std::string with_final_newline(std::string text) {
  if (!text.ends_with('\n')) text += '\n';
  return text;
}

std::string plain_name(const std::string& path) {
  return fs::path(path).filename().string();
}

// Tags that FirstTagged takes for the language's: of the preferred languages and their families, or
// of all that are allowed where none is preferred.
std::vector<std::string> wanted_tags(const std::vector<std::string>& allowed,
                                     const std::vector<std::string>& preferred,
                                     const Languages& languages) {
  const auto wanted = [&](const Language& row) {
    if (preferred.empty()) return is_allowed(row, allowed);
    return std::ranges::any_of(preferred, [&](const std::string& id) {
      const Language* asked = languages.find(id);
      return asked != nullptr && shares_extension(*asked, row);
    });
  };
  std::vector<std::string> tags;
  for (const Language& row : languages.all()) {
    if (wanted(row)) tags.insert(tags.end(), row.tags.begin(), row.tags.end());
  }
  return tags;
}

// What every program of the run is in, whatever it says; nullptr where programs say it.
const Language* language_taken_for_granted(const SubmissionOptions& options,
                                           const Languages& languages) {
  const bool is_official = options.semantics && *options.semantics != judges::Semantics::Process;
  return is_official ? languages.find(kLiveCodeBenchLanguage) : nullptr;
}

// A recording's program is judged as what it is: preferences are about what we ask a model for.
const Language* language_of_files(const runners::Generation& generation,
                                  const std::vector<std::string>& allowed,
                                  const Languages& languages) {
  if (generation.language) {
    const std::string name = to_lower(*generation.language);
    if (const Language* row = languages.find(name)) return row;
    return row_of_tag(name, {}, allowed, languages);
  }
  for (const runners::RecordedFile& file : generation.files) {
    const Language* row = languages.by_file(file.name, file.content);
    if (row != nullptr) return pick_from_family(*row, {}, allowed, languages);
  }
  return nullptr;
}

// What a strategy keeps with a turn is no submission.
bool has_recorded_program(const runners::Generation& generation) {
  return std::ranges::any_of(generation.files,
                             [](const auto& file) { return file.name != kFeedbackFile; });
}

MadeSubmission none(std::string reason) {
  return {std::nullopt, std::move(reason)};
}

MadeSubmission checked(judges::SourceProgram program, std::string_view rule,
                       const Language& language, const std::vector<std::string>& allowed) {
  if (!is_allowed(language, allowed)) {
    return none(fmt::format("the program is in {}, which the problem does not allow ({})",
                            language.name, join(allowed, ", ")));
  }
  program.language = language.id;
  return {ExtractedSubmission{std::move(program), std::string(rule)}, ""};
}

Result<MadeSubmission> verbatim_program(const runners::Generation& generation,
                                        const std::vector<std::string>& allowed,
                                        const SubmissionOptions& options,
                                        const Languages& languages) {
  const Language* language = language_taken_for_granted(options, languages);
  if (language == nullptr) language = language_of_files(generation, allowed, languages);
  if (language == nullptr) {
    const std::string& name = generation.files.front().name;
    return fail(ErrorCode::Unsupported,
                generation.language
                    ? fmt::format("language \"{}\" of the recorded submission is not known",
                                  *generation.language)
                    : fmt::format("the language of the recorded file \"{}\" is not known", name),
                {}, "`evalctl doctor` lists the languages");
  }
  judges::SourceProgram program;
  for (const runners::RecordedFile& file : generation.files) {
    if (file.name == kFeedbackFile) continue;
    program.files.push_back({plain_name(file.name), file.content});
  }
  return checked(std::move(program), "verbatim", *language, allowed);
}

Result<MadeSubmission> make_program(const runners::Generation& generation,
                                    const problems::ProgramTask& task,
                                    const SubmissionOptions& options, const Languages& languages) {
  const std::vector<std::string>& allowed = task.languages;
  if (has_recorded_program(generation)) {
    return verbatim_program(generation, allowed, options, languages);
  }
  const std::vector<std::string> tags =
      wanted_tags(allowed, options.preferred_languages, languages);
  const std::optional<CodeBlock> block = extract_code(generation.text, options.rule, tags);
  if (!block) {
    return none(options.rule == ExtractionRule::WholeText ? "the reply is empty"
                                                          : "the reply has no complete code block");
  }
  if (trim(block->code).empty()) return none("the code block of the reply is empty");
  const Language* language = language_taken_for_granted(options, languages);
  if (language == nullptr) {
    language = language_of_block(*block, options.preferred_languages, allowed, languages);
  }
  if (language == nullptr && options.semantics) language = languages.find(kLiveCodeBenchLanguage);
  if (language == nullptr) return none("the language of the code block cannot be told");
  const std::string extension = language->extensions.empty() ? "" : language->extensions.front();
  judges::SourceProgram program;
  program.files.push_back({"submission" + extension, block->code});
  return checked(std::move(program), extraction_rule_name(options.rule), *language, allowed);
}

MadeSubmission make_patch(const runners::Generation& generation) {
  const auto made = [](std::string diff, std::string_view rule) {
    return MadeSubmission{
        ExtractedSubmission{judges::Patch{with_final_newline(std::move(diff))}, std::string(rule)},
        ""};
  };
  for (const runners::RecordedFile& file : generation.files) {
    const bool is_patch = file.name.ends_with(".diff") || file.name.ends_with(".patch");
    if (!is_patch && generation.files.size() > 1) continue;
    if (file.name == kObservationFile) return none("the agent ended without handing anything in");
    if (trim(file.content).empty()) return none("the recorded patch is empty");
    return made(file.content, "verbatim");
  }
  const std::vector<CodeBlock> blocks = fenced_blocks(generation.text);
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
    const bool is_tagged = block->tag == "diff" || block->tag == "patch";
    if (trim(block->code).empty() || !(is_tagged || looks_like_diff(block->code))) continue;
    return made(block->code, "last-diff-block");
  }
  if (looks_like_diff(generation.text)) {
    return made(generation.text.substr(generation.text.find_first_not_of(" \t\r\n")), "whole-text");
  }
  return none("the reply has no diff");
}

MadeSubmission make_answer(const runners::Generation& generation) {
  auto answer = judges::answer::extract_answer(generation.text);
  if (!answer) return none("the reply is empty");
  return {ExtractedSubmission{judges::Answer{std::move(answer->text)}, std::move(answer->rule)},
          ""};
}

MadeSubmission make_prediction(const runners::Generation& generation, ExtractionRule rule) {
  const bool is_recorded = !generation.files.empty();
  std::string answer =
      is_recorded ? generation.files.front().content : extract_prediction(generation.text, rule);
  if (answer.empty()) return none("the reply has no predicted output");
  return {ExtractedSubmission{judges::Answer{std::move(answer)},
                              is_recorded ? "verbatim" : std::string(extraction_rule_name(rule))},
          ""};
}

MadeSubmission make_proof(const runners::Generation& generation) {
  if (trim(generation.text).empty()) return none("the reply is empty");
  // A self-evaluation is no part of the proof, and must not speak to who marks it.
  std::string section = solution_section(generation.text);
  if (!section.empty()) {
    return {ExtractedSubmission{judges::Proof{std::move(section)}, "solution-section"}, ""};
  }
  return {ExtractedSubmission{judges::Proof{generation.text}, "whole-text"}, ""};
}

}  // namespace

std::string_view guess_language_tag(std::string_view code) {
  if (contains_any(code, {"#include"})) {
    return contains_any(code, {"<stdio.h>"}) && !looks_like_cpp(code) ? "c" : "cpp";
  }
  if (contains_any(code, {"public static void main", "import java."})) return "java";
  if (contains_any(code, {"fun main("})) return "kotlin";
  if (contains_any(code, {"fn main("})) return "rust";
  if (contains_any(code, {"package main"})) return "go";
  if (contains_any(code, {"require(", "console.log(", "process.stdin"})) return "javascript";
  if (looks_like_python(code)) return "python";
  return "";
}

const Language* language_of_block(const CodeBlock& block, const std::vector<std::string>& preferred,
                                  const std::vector<std::string>& allowed,
                                  const Languages& languages) {
  if (const Language* row = row_of_tag(block.tag, preferred, allowed, languages)) return row;
  const std::string_view guess = guess_language_tag(block.code);
  if (const Language* row = row_of_tag(guess, preferred, allowed, languages)) return row;
  for (const std::string& id : preferred) {
    const Language* row = languages.find(id);
    if (row != nullptr && is_allowed(*row, allowed)) return row;
  }
  return allowed.size() == 1 ? languages.find(allowed.front()) : nullptr;
}

Result<MadeSubmission> make_submission(const runners::Generation& generation,
                                       const problems::Problem& problem,
                                       const SubmissionOptions& options,
                                       const Languages& languages) {
  if (const auto* task = std::get_if<problems::ProgramTask>(&problem.task)) {
    return make_program(generation, *task, options, languages);
  }
  if (std::holds_alternative<problems::PatchTask>(problem.task)) return make_patch(generation);
  if (is_prediction_rule(options.rule)) return make_prediction(generation, options.rule);
  if (std::get<problems::ProofTask>(problem.task).is_answer_only) return make_answer(generation);
  return make_proof(generation);
}

}  // namespace eval::evaluator
