#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"

// The values a problem package becomes. Everything is plain data: complete when loaded, const
// afterwards. Test data stays on disk and is named by path, size and SHA-256.
namespace eval::problems {

// A file of a package. `sha256` is of its bytes, lower-case hex.
struct DataFile {
  fs::path path;
  Bytes size;
  std::string sha256;
  friend bool operator==(const DataFile&, const DataFile&) = default;
};

// One input with its answer.
struct Testcase {
  std::string name;  // path below data/ without extension: "secret/group1/03"; unique in a problem
  DataFile input;
  DataFile answer;
  bool is_sample = false;
  bool takes_output = false;    // BatchAndOutput: an output file may be handed in for it
  bool is_output_only = false;  // BatchAndOutput: no program is run, only that file counts
  std::vector<std::string> checker_args;  // flags for the checker, after inheritance
  std::vector<std::string> program_args;  // command line of the submission (2025-09)
  // Files the program finds in its folder (2025-09 "NAME.files"); name -> path.
  std::map<std::string, std::string> program_files;
  friend bool operator==(const Testcase&, const Testcase&) = default;
};

// How the results of a subtask's members become its own.
enum class Aggregation {
  AllOrNothing,  // accepted with full points if every member is accepted, else none
  Min,           // the least member fraction times `points`
  Sum,           // the sum of the members' points
  Average,       // their mean
  Max,           // the greatest (legacy Kattis `max`)
  Mul,           // product of member fractions times `points` (CMS GroupMul)
  Threshold,     // `points` if every member's fraction is above 0 and at most `threshold`, else
                 // nothing (CMS GroupThreshold: the outcome counts something to be kept small)
};

// Which verdict a subtask shows when members differ (legacy Kattis grader flags; 2025-09 uses
// FirstError throughout).
enum class VerdictMode { FirstError, WorstError, AlwaysAccept, AcceptIfAny };

// A scored group of testcases, possibly with subtasks below it (Kattis packages nest). The root of a
// pass-fail problem is one AllOrNothing subtask. `order` lists members in the order they are judged.
struct Subtask {
  struct Member {
    bool is_subtask = false;
    std::size_t index = 0;  // into `subtasks`, or into ProgramTask::testcases
    friend bool operator==(const Member&, const Member&) = default;
  };

  std::string name;              // directory below data/: "secret/group1"; the root is "data"
  std::string title;             // for people; the name if the package gives none
  std::optional<double> points;  // points when all is well; nullopt: what the members give
  double accept_score = 1;  // points of an accepted testcase directly in it (before a score.txt)
  double reject_score = 0;  // points of a rejected one
  std::optional<std::pair<double, double>> range;  // allowed scores; outside it is a judge error
  Aggregation aggregation = Aggregation::AllOrNothing;
  VerdictMode verdict_mode = VerdictMode::FirstError;
  double threshold = 1;             // used by Threshold only
  bool stop_at_first_error = true;  // on_reject: break; later members are not run
  bool ignore_samples = false;      // legacy grader flag at the root: samples give no points
  std::vector<std::string> requires_subtasks;  // names that must be accepted first
  fs::path custom_grader = {};  // legacy `grading: custom`; empty: the default rules above
  std::vector<std::string> grader_flags;  // as written, passed to a custom grader
  std::vector<Subtask> subtasks;
  std::vector<Member> order;
  friend bool operator==(const Subtask&, const Subtask&) = default;
};

// How a checker, interactor or manager that comes with a problem is called and answers.
enum class CheckerProtocol {
  Kattis,   // input answer feedback_dir flags < output; 42 accepts, 43 rejects
  Cms,      // input answer output; outcome 0..1 on stdout, message on stderr, exit code 0
  Testlib,  // input output answer; 0 ok, 1 wrong, 2 presentation, 3 fail, 4 dirt, 7 points, 8 eof
};

// How outputs are compared where no program decides.
enum class Comparison {
  Tokens,       // the Kattis default with its flags (Testcase::checker_args)
  Exact,        // byte for byte
  Lines,        // line by line; white space at the end of a line and of the text is ignored
  WhiteDiff,    // CMS: runs of white space within a line count as one
  WordLines,    // DMOJ "standard": line by line in words, lines without words do not count
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

// Sources compiled with a submission in one language: Kattis include files, or an IOI grader or stub.
struct IncludedSources {
  std::vector<fs::path> files;
  std::string entry_point = {};  // the main file among them; empty: the submission's own rule
  friend bool operator==(const IncludedSources&, const IncludedSources&) = default;
};

struct ProgramLimits {
  // nullopt: the package states none; the judge derives it from the accepted submissions as
  // slowest x `accepted_multiplier`, rounded up to `resolution` (legacy default 5, 2023-07: 2).
  std::optional<std::chrono::milliseconds> cpu_time;
  double accepted_multiplier = 5;
  double time_limit_to_tle_multiplier = 1.5;
  std::chrono::milliseconds resolution{1000};
  std::map<std::string, double> language_time_factors;  // package's own factors, by language id
  Bytes memory = Bytes::mib(2048);                      // Kattis default: 2048 MiB
  Bytes output = Bytes::mib(8);                         // Kattis default: 8 MiB
  Bytes code = Bytes::kib(128);                         // Kattis default: 128 KiB
  std::chrono::milliseconds compile_time{60'000};
  Bytes compile_memory = Bytes::mib(2048);
  std::chrono::milliseconds validation_time{60'000};
  Bytes validation_memory = Bytes::mib(2048);
  Bytes validation_output = Bytes::mib(8);
  friend bool operator==(const ProgramLimits&, const ProgramLimits&) = default;
};

// A submission that ships with a package, and what is promised of it.
struct ReferenceSubmission {
  std::string name;                     // path below submissions/: "accepted/solution.cpp"
  std::vector<fs::path> files;          // absolute; more than one for a directory submission
  std::optional<std::string> language;  // language id if the package states it, else by extension
  std::optional<std::string> entry_point;
  std::vector<std::string>
      expected;  // verdict codes of which the final one must be one; empty: no promise
  std::vector<std::string> required;   // verdict codes that must occur on at least one testcase
  std::vector<std::string> permitted;  // if not empty, every testcase's verdict is one of these
  std::optional<std::pair<double, double>> score_range;
  bool sets_time_limit = false;  // counts when a time limit is derived
  struct Pattern;                // per-testcase promises (2025-09)
  std::vector<Pattern> patterns;
  friend bool operator==(const ReferenceSubmission&, const ReferenceSubmission&) = default;
};

struct ReferenceSubmission::Pattern {
  std::string glob;  // testcase or subtask names below data/: "secret/group2*"
  std::vector<std::string> permitted;
  std::vector<std::string> required;
  std::optional<std::pair<double, double>> score_range;
  std::optional<std::string> message;  // must occur in some judge message of the matched testcases
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

// A problem whose submission is a program: IOI, ICPC and LiveCodeBench.
struct ProgramTask {
  TaskType type = TaskType::Batch;
  bool is_scoring = false;     // points, not just accepted or not
  bool is_multi_pass = false;  // Batch or Interactive: the checker may ask for another pass
  int passes_max = 2;          // multi-pass only: runs of the submission on one testcase
  ProgramLimits limits;
  Checker checker;
  std::optional<Interactor> interactor;  // Interactive, Communication, TwoSteps
  std::string input_file;   // Batch: named file the submission reads; empty: standard input
  std::string output_file;  // Batch: named file it writes; empty: standard output
  // LiveCodeBench: the submission defines this function (or method of `class Solution`), which is
  // called with the JSON values of an input's lines; its value is compared with the answer's. Empty: a
  // program.
  std::string function_name = {};
  std::string starter_code = {};  // what the prompt gives a function's author to fill in
  // What the submission's file is called, without extension, when it is compiled with a grader
  // ("souvenirs"); empty: as it comes.
  std::string submission_name;
  std::vector<std::string> languages;               // allowed language ids; empty: all
  std::map<std::string, IncludedSources> included;  // by language id, Kattis name or "default"
  // Decimals that a subtask's points are rounded to (CMS score_precision); nullopt: not rounded.
  std::optional<int> points_decimals;
  std::vector<Testcase> testcases;
  Subtask root;
  std::vector<ReferenceSubmission> reference_submissions;
  std::vector<fs::path> input_validators;
  friend bool operator==(const ProgramTask&, const ProgramTask&) = default;
};

// A problem whose submission is a patch to a repository: SWE-bench.
struct PatchTask {
  std::string repository;  // "owner/name"
  std::string base_commit;
  std::string test_patch;
  std::string version;
  std::string image;  // the instance's file system
  std::vector<std::string> fail_to_pass;
  std::vector<std::string> pass_to_pass;
  std::string reference_patch;
  friend bool operator==(const PatchTask&, const PatchTask&) = default;
};

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
