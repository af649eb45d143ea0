#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/download.h"

// Data sets of problems from where they are published, into a folder of this machine.
namespace eval::problems {

// How a data set is published.
enum class PullKind {
  Files,  // files below an address
  Rows,  // JSON pages {"rows": [{"row_idx", "row", "truncated_cells"}], "num_rows_total"} at an address
         // that takes offset= and length=, as data-set servers give them
};

struct PullPlan {
  PullKind kind = PullKind::Files;
  std::vector<std::string> names;  // Files: of the files; Rows: the one JSONL file that is made
};

// What is known of `name`: "livecodebench" (files; of `release`, "release_v1" to "release_v6", empty: all)
// and, by rows, "livecodebench-test-output", "livecodebench-execution" and "swe-bench-verified". Usage for any other name or release.
Result<PullPlan> pull_plan(std::string_view name, std::string_view release);
std::vector<std::string> pull_names();

struct PulledFile {
  std::string name;
  Bytes size;
  std::string sha256;
  bool was_there = false;  // and unchanged: nothing was downloaded
  friend bool operator==(const PulledFile&, const PulledFile&) = default;
};

struct PullOptions {
  std::string url;  // Files: what "/NAME" is appended to; Rows: the whole address, with its query
  fs::path folder;
  // By name, lower-case hex; a file that is not in it is taken as it comes.
  std::map<std::string, std::string> sha256 = {};
  int rows_per_page = 100;  // what servers allow
  DownloadOptions download = {};
  // Told how far a file is, as often as something comes: "test.jsonl  12.0 MiB of 1.2 GiB".
  std::function<void(const std::string&)> progress = {};
};

// Downloads what is not in the folder yet. The folder's file SHA256SUMS, as sha256sum(1) writes it, tells
// what is; a file that has changed since is downloaded again. A call that was interrupted goes on where
// it stopped, in the middle of a file and after the last whole page.
//
// Errors as download(); BadInput also for a file without a known sum that is a page of HTML or a pointer of Git LFS, and
// for a page whose rows are not those asked for, or are cut (servers
// cut long cells, and such rows cannot be used).
Result<std::vector<PulledFile>> pull(const PullPlan& plan, const PullOptions& options,
                                     HttpClient& http, std::stop_token stop);

// The lines of a file as sha256sum(1) writes it, by name. BadInput for any other line.
Result<std::map<std::string, std::string>> read_sha256_sums(const fs::path& file);

}  // namespace eval::problems
