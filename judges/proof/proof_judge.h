#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judges/judge.h"
#include "judges/proof/ask.h"
#include "judges/proof/procedure.h"

namespace eval::judges::proof {

// Raised with every change that can change a mark; part of every cache key and fingerprint.
inline constexpr const char* kProofJudgeVersion = "1";

struct ProofJudgeOptions {
  Procedure procedure;
  // Who marks. With several, grading i is by grader i modulo their number.
  std::vector<ProofGrader> graders;
  AskOptions ask;
  // One canary with every proof (each kind once per problem and grader, so the cost is bounded).
  bool canaries = true;
};

// Marks proofs 0 .. points_max by a procedure. In the Judgement:
//   points    the aggregated mark, times points_max / 7
//   verdict   verdict_of_mark; JE where fewer than quorum(n) gradings brought a mark
//   tests     one per grading, "grading 01 (GRADER)", points 0..7, comment in checker_message, the
//             whole reply in output_excerpt, run_status "marked", "refused", "truncated" or
//             "unparsable" (JE); then what was written on the way ("scheme", "rewriting") and the
//             canary, "canary: KIND (GRADER)", JE with run_status "canary passed" if it got 6 or more
//   subtasks  where the rubric has parts: the median of each over the gradings, the whole last
//   detail    how the mark came about, and what to be wary of
// Errors (no reply at all) are IE for the attempt. Unsupported for what is no proof.
Result<std::unique_ptr<Judge>> make_proof_judge(ProofJudgeOptions options);

// "http:a, http:b | rubric-0-7-v1:median-3": what a calibration card is about.
std::string grader_key(const ProofJudgeOptions& options);
// The same out of a judgement's fingerprint; empty if it is not of a proof judge.
std::string grader_key_of(const Judgement& judgement);

// Whether a test of a judgement is a grading, and whether it is a canary that passed.
bool is_grading(const TestResult& test);
bool is_passed_canary(const TestResult& test);

// How often these words are needed elsewhere: the fingerprint of marks given by people starts so.
inline constexpr std::string_view kPeopleFingerprint = "people; ";
bool is_by_people(const Judgement& judgement);

}  // namespace eval::judges::proof
