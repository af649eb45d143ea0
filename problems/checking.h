#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

// How a submission meets its input, and what decides whether its output is right.
namespace eval::problems {

// How a checker, interactor or manager that comes with a problem is called and answers.
enum class CheckerProtocol {
  Kattis,   // input answer feedback_dir flags < output; 42 accepts, 43 rejects
  Cms,      // input answer output; outcome 0..1 on stdout, message on stderr, exit code 0
  Testlib,  // input output answer; 0 ok, 1 wrong, 2 presentation, 3 fail, 4 dirt, 7 points, 8 eof
};

// How outputs are compared where no program decides.
enum class Comparison {
  Tokens,     // the Kattis default with its flags (Testcase::checker_args)
  Exact,      // byte for byte
  Lines,      // line by line; white space at the end of a line and of the text is ignored
  WhiteDiff,  // CMS: runs of white space within a line count as one
  WordLines,  // DMOJ "standard": line by line in words, lines without words do not count
  // LiveCodeBench: lines, stripped; a pair that differs as text is equal if both are lists of equal
  // decimal numbers. Exact, without tolerance.
  DecimalLines,
  RealNumbers,  // CMS "realprecision": tokens as numbers within 10^-precision (flag), the rest exact
};

// Decides whether an output is right.
struct Checker {
  // A source file, a directory of sources, or a build script folder; nullopt: `comparison` decides.
  std::optional<fs::path> program;
  CheckerProtocol protocol = CheckerProtocol::Kattis;
  Comparison comparison = Comparison::Tokens;
  // Files put beside a program of one file when it is compiled: its headers, testlib.h.
  std::vector<fs::path> support_files = {};
  bool gives_score =
      false;  // writes score.txt (legacy `custom score`, 2025-09 scoring), or a fraction
  friend bool operator==(const Checker&, const Checker&) = default;
};

// How a submission meets its input.
enum class TaskType {
  Batch,           // one run for a testcase: input in, output out
  Interactive,     // talks to the interactor over its standard streams
  Communication,   // CMS: one manager and `processes` processes of the submission, over FIFOs
  TwoSteps,        // CMS: the submission runs twice, the second run gets what the first one wrote
  OutputOnly,      // the submission is the outputs themselves, a file for each testcase
  BatchAndOutput,  // IOI 2025: a program, or outputs for the testcases that allow it
};

// "batch", "interactive", ..., as printed and stored.
std::string_view task_type_name(TaskType type);

// The program that talks to the submission while it runs (IOI: manager).
struct Interactor {
  fs::path program;                          // as Checker::program
  std::vector<fs::path> support_files = {};  // as Checker::support_files
  CheckerProtocol protocol = CheckerProtocol::Kattis;
  int processes = 1;  // Communication: how many processes of the submission run at once
  // Communication: the submission opens the FIFOs named in its arguments; else it uses its standard
  // streams.
  bool uses_fifos = false;
  friend bool operator==(const Interactor&, const Interactor&) = default;
};

// Says whether an input, which it reads on standard input, keeps to the statement.
struct InputValidator {
  fs::path program;                          // as Checker::program
  std::vector<fs::path> support_files = {};  // as Checker::support_files
  int accepting_code = 42;                   // exit code: 42 for Kattis, 0 for testlib
  friend bool operator==(const InputValidator&, const InputValidator&) = default;
};

// Sources compiled with a submission in one language: Kattis include files, or an IOI grader or stub.
struct IncludedSources {
  std::vector<fs::path> files;
  std::string entry_point = {};  // the main file among them; empty: the submission's own rule
  friend bool operator==(const IncludedSources&, const IncludedSources&) = default;
};

}  // namespace eval::problems
