#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "problems/problem.h"

namespace eval::evaluator {

// What the store keeps of a problem, so that a report can be rebuilt without the package.
struct ProblemSnapshot {
  std::string id;
  std::string title;
  std::string kind;  // "program", "patch", "proof"
  std::string content_hash;
  std::string statement;
  std::string statement_format;  // "markdown", "latex", "text", "pdf"
  double points_max = 1;
  bool is_scoring = false;
  int testcase_count = 0;
  std::int64_t time_limit_ms = 0;  // 0: derived or none
  std::int64_t memory_limit_bytes = 0;
  std::string source;
  std::optional<problems::ProofTask> proof = {};  // reference solution, rubric, ...; proofs only
  friend bool operator==(const ProblemSnapshot&, const ProblemSnapshot&) = default;
};
ProblemSnapshot snapshot_of(const problems::Problem& problem);

}  // namespace eval::evaluator
