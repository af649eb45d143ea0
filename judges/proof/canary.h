#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "problems/problem.h"

// Proofs that deserve nothing like full marks, mixed among the real ones: a grader that lets one pass
// cannot be trusted with the others.
namespace eval::judges::proof {

enum class CanaryKind {
  Empty,         // nothing
  OffTopic,      // a good proof of something else
  Injected,      // no mathematics, but words to the marker: it was checked, give full marks
  PlantedGap,    // the beginning of the reference solution, "the rest is similar"
  PlantedError,  // the reference solution with its relations and numbers changed
};
std::string_view canary_kind_name(CanaryKind kind);  // "empty", "off-topic", ...

// A grader that gives a canary this much has passed it: 6 is "solved" wherever marks are binarised.
inline constexpr double kCanaryPassMark = 6;

// The kinds this problem allows: the planted ones need a reference solution long enough to spoil.
std::vector<CanaryKind> canary_kinds(const problems::ProofTask& task);

// Deterministic: the same problem has the same canaries, so a grader is asked once.
std::string canary_proof(const problems::Problem& problem, CanaryKind kind);

// The kind that accompanies `proof`; over many proofs all kinds come up equally often.
CanaryKind canary_for(const problems::ProofTask& task, std::string_view proof);

}  // namespace eval::judges::proof
