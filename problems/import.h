#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "problems/findings.h"
#include "problems/problem.h"
#include "problems/suite.h"

// What the importers of the formats other than Kattis's share. An importer reads one package into
// `problem` and `task`, and notes every fault it meets in `findings`; it never fails.
namespace eval::problems {

// CMS stores no larger files (its `max_file_size`), and no submission above `max_submission_length`.
inline constexpr Bytes kCmsOutputLimit = Bytes::gib(1);
inline constexpr Bytes kCmsCodeLimit{100'000};
// More decimals of points than these are noise of floating-point sums.
inline constexpr int kDecimalsMax = 9;
// Processes of a submission in a communication task; the largest seen is 3.
inline constexpr int kProcessesMax = 64;
inline constexpr int kTestcasesMax = 100'000;

struct Import {
  fs::path root;  // of the package, absolute, links resolved
  const LoadOptions& options;
  Findings& findings;
  Problem& problem;  // id, suite, slug and directory are set
  ProgramTask task = {};

  int missing_files = 0;  // of testcases, so far

  // A feature that is well-formed but not done here: the package is refused, by name.
  void refuse(std::string what, std::string where, std::string help);
};

// The path `relative` names below the package's root; nullopt after a fault if it leads out of it.
// `key` is what named it.
std::optional<fs::path> path_in_package(Import& import, std::string_view relative,
                                        std::string_view key, std::string_view where);

// Adds a testcase and returns its index; nullopt after a fault was noted because a file is missing
// or unreadable. Only the first few missing files become faults of their own.
std::optional<std::size_t> add_testcase(Import& import, std::string name, const fs::path& input,
                                        const fs::path& answer);

// A scored group of testcases whose least, product, ... of fractions is scaled to `points`. Nothing
// is cut short: where a member that failed leaves the rest without effect, the judge sees it.
Subtask testcase_group(std::string name, double points, Aggregation aggregation,
                       std::span<const std::size_t> testcases);

// The root of a scoring task: the sum of its groups. Also sets points_max.
void set_groups(Import& import, std::vector<Subtask> groups);
// Marks as samples the testcases that are seen only in groups worth nothing, as olympiads have them.
void mark_worthless_as_samples(Import& import);
// All testcases in one group, each worth `points_each` (CMS Sum). Sets points_max.
void set_sum_of_testcases(Import& import, double points_each);
// All testcases in one group, judged until the first that is not accepted; one point.
void set_pass_fail(Import& import);

// Headers beside `program` that it may include. A testlib.h that it includes and the package lacks
// is taken from LoadOptions::testlib; a fault if there is none.
std::vector<fs::path> support_files_of(Import& import, const fs::path& program);

// The first of `stems` with an extension of a programming language ("check/checker" finds
// check/checker.cpp). C++ comes first. nullopt if there is none.
std::optional<fs::path> find_source(const std::vector<fs::path>& stems);
// The code of the language a source's extension stands for ("cpp", "python3", ...).
std::optional<std::string> language_of_source(const fs::path& source);

// Sources linked with a submission: every BASENAME.EXTENSION of `folder` for its language ("grader"),
// with the headers of the folder for C and C++, and Pascal's libraries ("graderlib.pas").
void add_graders(Import& import, const fs::path& folder, std::string_view basename);

// The name a submission's file must have beside a grader; a fault if it is no plain file name.
void set_submission_name(Import& import, const std::string& name, const std::string& where);

// A submission that ships with the package. No `expected`: nothing is promised.
ReferenceSubmission reference_submission(std::string name, const fs::path& file,
                                         std::vector<std::string> expected);
// Promises full marks: AC, and in a scoring problem its points_max; of a task some of whose testcases
// only take outputs, all that a program can get. Call when the root is set.
void promise_full_marks(const Import& import, ReferenceSubmission& submission);

// Takes the statement: the first of `files` that is there, any text before a PDF.
void take_statement(Import& import, const std::vector<fs::path>& files);

// Seconds and MiB as people write them; the value's upper bound keeps the conversion defined.
std::chrono::milliseconds from_seconds(double seconds);
Bytes from_mib(double mib);

}  // namespace eval::problems
