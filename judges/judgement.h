#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "judges/verdict.h"

namespace eval::judges {

// How far a testcase's verdict is from being a matter of chance.
enum class Stability {
  Clear,      // far from every limit
  NearLimit,  // within the band around a limit, and not run again
  ReRun,      // was within the band and was run again alone; see TestResult::cpu_times
};
std::string_view stability_name(Stability stability);  // "clear", "near limit", "re-run"
std::optional<Stability> stability_from_name(std::string_view name);

struct TestResult {
  std::string testcase;  // Testcase::name
  Verdict verdict = Verdict::JE;
  std::optional<double> points;  // what the checker gave, where the problem scores
  std::chrono::microseconds cpu_time{0};
  std::chrono::microseconds wall_time{0};
  std::optional<Bytes> memory_peak;
  std::string run_status;  // sandbox::run_status_name
  int exit_code = 0;
  int signal = 0;
  Stability stability = Stability::Clear;
  // CPU time of every run of this testcase, first to last; the verdict is that of the fastest. Empty
  // where it was run once.
  std::vector<std::chrono::microseconds> cpu_times;
  // TLE of a program that ended by itself soon after the limit: its verdict had there been none.
  std::optional<Verdict> untimed_verdict;
  int passes = 1;               // multi-pass: runs of the submission
  std::string transcript;       // interactive: the beginning of what was said, "< " in and "> " out
  std::string checker_message;  // judgemessage.txt or the default checker's difference
  std::string standard_error;   // the submission's, shortened
  std::string output_excerpt;   // the submission's, shortened
  friend bool operator==(const TestResult&, const TestResult&) = default;
};

// For people: "clear", "near limit", or "re-run 2/3": of three runs again, two were within the limit.
std::string stability_text(const TestResult& test, std::chrono::milliseconds time_limit);

struct SubtaskResult {
  std::string subtask;  // Subtask::name
  Verdict verdict = Verdict::JE;
  double points = 0;
  std::optional<double> points_max;
  friend bool operator==(const SubtaskResult&, const SubtaskResult&) = default;
};

// The full outcome of judging one submission once.
struct Judgement {
  Verdict verdict = Verdict::JE;
  double points = 0;                        // 0 .. problem.points_max
  std::vector<TestResult> tests;            // in the order run; tests not run are absent
  std::vector<SubtaskResult> subtasks;      // depth first, root last
  std::string compile_log;                  // both streams of the compiler, shortened
  std::string language;                     // language id used
  std::chrono::milliseconds time_limit{0};  // in force, language factor included
  Bytes memory_limit;
  std::string fingerprint;  // judge version, compiler version and flags, checker hash, box rung
  std::string detail;       // one sentence why, for JE and IE; else empty
  bool from_cache = false;
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

// That of its least certain testcase: ReRun before NearLimit before Clear.
Stability stability_of(const Judgement& judgement);

}  // namespace eval::judges
