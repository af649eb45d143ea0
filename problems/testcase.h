#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"

// Testcases and how their results become points.
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

}  // namespace eval::problems
