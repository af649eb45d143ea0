#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"

// What a test framework printed -> the outcome of each test, exactly as the official harness of
// SWE-bench reads it: its parsers by their names, quirks included, because the test ids of the data
// set are spelled the way they spell them. Pure.
namespace eval::judges::swe {

// Whose rules are in force: the official harness of version 4 (and before), or of version 5.
// docs/swe-bench.md lists what differs.
enum class Harness { V4, V5 };
std::string_view harness_name(Harness harness);  // "v4", "v5"
std::optional<Harness> harness_from_name(std::string_view name);

enum class TestStatus {
  Passed,
  Failed,
  Skipped,
  Error,
  XFail,  // failed as announced; counts as passed
  Other,  // a word that begins like a status and is none ("ERROR:"): neither passed nor failed
};
std::string_view test_status_name(TestStatus status);  // "PASSED", ..., "OTHER"
bool is_pass(TestStatus status);                       // Passed or XFail
bool is_fail(TestStatus status);                       // Failed or Error

// The outcome of each test by id, in the order in which ids first occurred. A later outcome of the
// same id replaces the earlier and keeps its place.
class TestResults {
 public:
  using Entry = std::pair<std::string, TestStatus>;
  void set(std::string id, TestStatus status);
  std::optional<TestStatus> find(std::string_view id) const;
  const std::vector<Entry>& entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::size_t count(TestStatus status) const;
  // Ids that had failed and were then set to a pass, in the order in which that happened.
  const std::vector<std::string>& recovered() const { return recovered_; }
  friend bool operator==(const TestResults& a, const TestResults& b) {
    return a.entries_ == b.entries_;
  }

 private:
  std::vector<Entry> entries_;
  std::vector<std::string> recovered_;
  std::unordered_map<std::string, std::size_t> places_;  // in entries_
};

// Some parsers choose by these.
struct LogSource {
  Harness harness = Harness::V5;
  std::string instance_id = {};
  std::string version = {};
};

// True for a name of the official registry ("parse_log_pytest", "parse_log_cargo", ...), and for
// "parse_log_ctest", which is ours.
bool is_log_parser(std::string_view name);
// All of them, sorted.
std::vector<std::string> log_parser_names();

// `log` read by the parser of that name. Unsupported for an unknown name; BadInput for a log that the
// official parser breaks on (broken JSON or XML, an instance it has no rule for). Takes time linear
// in the log, nearly; any bytes are allowed.
Result<TestResults> parse_log(std::string_view parser, std::string_view log,
                              const LogSource& source);

// How `parser` spells the test whose full id is `id`: cut at its first blank, its option shortened, a
// name replaced. What a structured report says is looked up by this.
std::string official_test_id(std::string_view parser, std::string_view id, Harness harness);

}  // namespace eval::judges::swe
