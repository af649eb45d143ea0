#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "problems/problem.h"

// LiveCodeBench: its release files as problems. FORMAT.md tells what a row holds.
namespace eval::problems {

// What a row says of its problem beside the task. Problem::source carries it, so that a finished run
// can be scored by these without the data set.
struct LiveCodeBenchFacts {
  std::string question_id;      // also the problem's slug
  std::string platform;         // "leetcode", "atcoder", "codeforces"
  std::string difficulty;       // "easy", "medium", "hard"
  std::string date;             // of the contest, "2024-08-10"
  std::string erratum;          // why no program can be judged rightly; empty: nothing known
  std::string contest_id = {};  // "abc301"; empty: the row does not say
  friend bool operator==(const LiveCodeBenchFacts&, const LiveCodeBenchFacts&) = default;
};

// "LiveCodeBench abc301_a; platform atcoder; difficulty easy; date 2023-05-13; contest abc301", and back;
// nullopt for the source of any other problem.
std::string to_source(const LiveCodeBenchFacts& facts);
std::optional<LiveCodeBenchFacts> livecodebench_facts(std::string_view source);

// Which rows are taken. Dates are days ("2024-08-01"), inclusive at both ends.
struct LiveCodeBenchSelection {
  std::string release;  // "release_v1" .. "release_v6" (or "v6"); empty: all files that are there
  std::string window;   // a name of livecodebench_windows(), or "v6-2408-2505"; empty: none
  std::string start_date;  // these two narrow the window
  std::string end_date;
  bool without_errata = false;
  // Where test data is unpacked, once, by content; needed.
  fs::path cache;
  friend bool operator==(const LiveCodeBenchSelection&, const LiveCodeBenchSelection&) = default;
};

// A window that people quote by name: a release and whole months.
struct LiveCodeBenchWindow {
  std::string name;
  int release = 0;
  std::string start_date;
  std::string end_date;
  int problems = 0;  // rows of the full data in it, as published; 0: not published
};
const std::vector<LiveCodeBenchWindow>& livecodebench_windows();

// True for a JSONL file (.jsonl, .jsonl.gz) and for a folder with test.jsonl or problems.jsonl in it.
bool is_livecodebench(const fs::path& path);

// The selected rows as a suite called "livecodebench", ordered by question id as the official runner
// orders them. Its title names release, window and what else was chosen, so that they are part of a
// run's identity and are printed beside its score. It counts problems, rows that cannot be used, and where the window
// is known to have more or fewer problems in the full data, those.
//
// A row that cannot be used is listed under Suite::refused with the reason. Usage for a release, window
// or date that does not exist or is not there, and for a selection that leaves nothing; BadInput where there is
// no row at all.
Result<Suite> load_livecodebench(const fs::path& path, const LiveCodeBenchSelection& selection);

}  // namespace eval::problems
