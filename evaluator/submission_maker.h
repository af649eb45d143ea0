#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evaluator/attempt.h"
#include "evaluator/extract.h"
#include "judges/language.h"
#include "judges/lcb/livecodebench_judge.h"
#include "problems/problem.h"
#include "runners/runner.h"

// Generation -> submission. Pure.
namespace eval::evaluator {

struct SubmissionOptions {
  ExtractionRule rule = ExtractionRule::LastBlock;
  std::vector<std::string> preferred_languages;  // language ids, first is best
  // Of LiveCodeBench alone. Its evaluator takes every program for Python, whatever a tag says, and so do its
  // semantics; with Process a tag counts, and what nothing tells the language of is Python.
  std::optional<judges::Semantics> semantics = std::nullopt;
};

struct MadeSubmission {
  std::optional<ExtractedSubmission> submission;  // nullopt: the attempt is NA
  std::string reason;                             // one sentence why, if there is none
};

// What is judged of `generation`, by kind of task:
//   program  the files of a recording as they are (rule "verbatim"), else the code `rule` picks
//   from
//            the answer text (never from the reasoning). An empty block is no submission, and
//            neither is a program in a language the problem does not allow.
//   patch    the file "patch.diff" or "*.patch" of a recording; else the last block tagged diff or
//            patch, or the last block that looks like a diff; else the whole text if it does.
//   proof    the section "## Solution" where there is one (rule "solution-section"), else the whole
//            answer text; of an answer-only problem its final answer (answer/extract_answer.h).
//   prediction  of LiveCodeBench: a recording's as it is, else what `rule` (extract_prediction()) finds
// An Error (Unsupported) only for recorded files in a language that is not in `languages`: the
// program is there, and it is us who cannot judge it.
Result<MadeSubmission> make_submission(const runners::Generation& generation,
                                       const problems::Problem& problem,
                                       const SubmissionOptions& options,
                                       const judges::Languages& languages);

// The language of a code block: what its tag says; else what its content says; else the first
// preferred language; else the only one allowed. Rows that share a file extension are a family
// (C++17, 20, 23): "cpp" means the preferred member, or the first that `allowed` (empty: all)
// admits; a tag that names a standard ("c++20") is taken at its word. The language may be one that
// is not allowed; nullptr if nothing tells.
const judges::Language* language_of_block(const CodeBlock& block,
                                          const std::vector<std::string>& preferred,
                                          const std::vector<std::string>& allowed,
                                          const judges::Languages& languages);

// A tag for code without a tag, from marks that no other of our languages has, tried in this order:
//   "#include <"                             c (with stdio.h and no C++ mark) or cpp
//   "public static void main", "import java." java
//   "fun main("                              kotlin
//   "fn main("                               rust
//   "package main"                           go
//   "require(", "console.log(", "process.stdin"  javascript
//   a line starting with def, import, from .. import, for .. in ..:, print(, "input()" anywhere
//   python
// "" if none is found.
std::string_view guess_language_tag(std::string_view code);

}  // namespace eval::evaluator
