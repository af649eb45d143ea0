#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "judges/judge.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// Somewhere to keep facts that are dear to derive, by content key (the store; nothing in tests).
struct FactCache {
  std::function<std::optional<std::string>(const std::string& key)> find;
  std::function<void(const std::string& key, const std::string& value)> keep;
};

struct ProgramJudgeOptions {
  // Testcases after the first rejected one are run too (only where their subtask would stop).
  bool run_all_testcases = false;
  FactCache facts = {};
};

// Judges programs for IOI, ICPC and the like. `sandbox` must outlive the judge; `languages` is copied.
// Compiled programs and checkers are kept for the life of the judge, keyed by content.
std::unique_ptr<Judge> make_program_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                          ProgramJudgeOptions options);

// The outcome of one reference submission against its promise, for `evalctl problems verify`.
struct VerifyResult {
  std::string submission;             // "accepted/solution.cpp"
  std::optional<Judgement> judgement; // nullopt: skipped or failed, see `reason`
  bool agrees = false;
  bool skipped = false;               // its language is not known or its compiler not installed
  std::string reason;                 // why not, or why skipped
};

// Judges one reference submission and holds it against what its folder or submissions.yaml promises.
VerifyResult verify_submission(const problems::Problem& problem,
                               const problems::ReferenceSubmission& reference, Judge& judge,
                               const Languages& languages, std::stop_token stop);

}  // namespace eval::judges
