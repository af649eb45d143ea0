#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evaluator/attempt.h"
#include "evaluator/statistics.h"
#include "evaluator/store/store.h"

// Views of runs on LiveCodeBench, from the store alone.
namespace eval::evaluator {

// Why `text` is no day like "2024-09-01"; empty if it is one.
std::string day_fault(const std::string& text);

// Mean over problems of the chance that one of k attempts is accepted.
struct PassAtK {
  int k = 1;
  double value = 0;          // every unresolved attempt counts as wrong
  double upper_bound = 0;    // had all of these been right
  ShareInterval share = {};  // 95 %, as of the same metric of the whole run
  friend bool operator==(const PassAtK&, const PassAtK&) = default;
};

// Scores of the problems that share a property.
struct BreakdownRow {
  std::string dimension;  // "difficulty", "platform", "month", "cutoff"
  std::string value;      // "easy", "atcoder", "2024-08", "before 2024-09-01"
  int problems = 0;
  int attempts = 0;             // planned
  int attempts_unresolved = 0;  // of these IE, JE or not judged
  // For k = 1, 2, 4, ... as far as every problem of the run has so many attempts. The first is avg@n too.
  std::vector<PassAtK> scores = {};
  friend bool operator==(const BreakdownRow&, const BreakdownRow&) = default;
};

// By difficulty, platform and month of the contest; with `cutoff` (a day; empty: none) also the problems
// of before it and from it on, which a model trained up to then has and has not had a chance to see.
// Every planned attempt counts; without a verdict it is wrong. Empty for other suites.
std::vector<BreakdownRow> livecodebench_breakdown(const std::vector<ProblemSnapshot>& problems,
                                                  const std::vector<Attempt>& attempts,
                                                  std::string_view cutoff);

// A program whose verdict is right under one semantics and not under the other.
struct SemanticsDifference {
  std::string problem_id;
  int attempt = 0;
  judges::Verdict first = judges::Verdict::JE;
  judges::Verdict second = judges::Verdict::JE;
  std::string reason;  // a class as difference_reason() names them
  std::string detail;  // what the run that is not accepted said
  friend bool operator==(const SemanticsDifference&, const SemanticsDifference&) = default;
};

struct SemanticsComparison {
  int compared = 0;  // attempts with the same code and a verdict in both runs
  int skipped = 0;   // other code, or no attempt or verdict in one of them
  std::vector<SemanticsDifference> differences;
};

// Compares two runs attempt by attempt. Attempts of one problem and index with different code are not
// compared: a difference would say nothing about semantics.
SemanticsComparison compare_semantics(const std::vector<Attempt>& first,
                                      const std::vector<Attempt>& second);

// Why a program that is right in a real process fails officially, or the other way round, as far as its
// failure tells: "other-language", "stdin-iteration", "stdin-buffer", "stdin-descriptor", "function-scope", "disabled-function",
// "module-level-syntax", "solution-class", "header-names", "recursion-limit", "exit-status",
// "output-not-captured", "input-read-again", "time", "memory", "state", "process-ended", "other". Where a file
// records what the official evaluator said and it says something else here: "time" or "not-reproduced" (tests,
// machine or Python are others).
std::string difference_reason(const judges::Judgement& accepted, const judges::Judgement& rejected,
                              std::string_view code);

}  // namespace eval::evaluator
