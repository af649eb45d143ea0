#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "problems/patch_task.h"
#include "problems/program_task.h"

// The values a problem package becomes. Everything is plain data: complete when loaded, const
// afterwards. Test data stays on disk and is named by path, size and SHA-256.
namespace eval::problems {

// One thing a marking scheme gives points for.
struct SchemePart {
  std::string title;
  double points = 0;
  std::string description;
  friend bool operator==(const SchemePart&, const SchemePart&) = default;
};

// A problem of an olympiad. Its submission is a proof, marked 0 .. points_max; or, with
// `is_answer_only`, a final answer that is right or not (AnswerBench, AIME).
struct ProofTask {
  std::string reference_solution = {};
  std::string grading_guidelines = {};
  std::string short_answer = {};        // the final answer, where the problem has one
  bool is_answer_only = false;          // judged by `short_answer` alone
  std::vector<SchemePart> scheme = {};  // the marking scheme in parts; empty: none
  std::string category = {};            // "Algebra"
  std::string level = {};               // "IMO-easy"
  std::optional<int> year = {};
  friend bool operator==(const ProofTask&, const ProofTask&) = default;
};

enum class StatementFormat { Markdown, Latex, Pdf, Text };

struct Problem {
  std::string id;  // "suite/slug", unique in a run
  std::string suite;
  std::string slug;
  std::string title;
  std::string statement;  // in the language chosen (English if there is one); empty for a PDF
  StatementFormat statement_format = StatementFormat::Markdown;
  std::string license;
  std::string source;        // where it was set: contest and year, free text
  fs::path directory;        // the package, absolute
  std::string format_name;   // "kattis-legacy", "kattis-2025-09", "cms-italy", "ioi-archive", ...
  std::string content_hash;  // of all that decides a prompt or a verdict
  double points_max = 1;     // full marks; 1 for pass-fail
  std::variant<ProgramTask, PatchTask, ProofTask> task;
  std::vector<std::string> warnings;  // what was odd but harmless; each ends in an action
  friend bool operator==(const Problem&, const Problem&) = default;
};

// A named set of problems that are run together.
struct Suite {
  std::string name;  // prefix of its problems' ids
  std::string title;
  std::string description;
  std::string contest;  // key into the medal tables ("ioi-2025"); empty: no medals
  fs::path directory;
  std::vector<Problem> problems;
  // Packages below the folder that were recognised but cannot be used here, with the reason
  // (an interactive problem, a broken file). They are reported, never silently dropped.
  struct Refused {
    std::string id;
    Error reason;
    friend bool operator==(const Refused&, const Refused&) = default;
  };
  std::vector<Refused> refused;
  friend bool operator==(const Suite&, const Suite&) = default;
};

// "program", "patch" or "proof", as stored and printed.
std::string_view task_kind_name(const Problem& problem);

}  // namespace eval::problems
