#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "judges/judge.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// Somewhere to keep facts that are dear to derive, by content key (the store; nothing in tests).
struct FactCache {
  std::function<std::optional<std::string>(const std::string& key)> find;
  std::function<void(const std::string& key, const std::string& value)> keep;
};

// When a testcase is near a limit and what is done then; see steps/stability.h. A run is near if it
// used between `low` and `high` times as much as allowed. 0.8 and 1.5: on a machine with other work
// the CPU time of the same program was seen to spread by 40 % (two that fault pages at once).
struct StabilityRules {
  double low = 0.8;
  double high = 1.5;
  int reruns_max = 3;  // 0: the first run decides
};

struct ProgramJudgeOptions {
  // Testcases after the first rejected one are run too (only where their subtask would stop). They
  // are reported but change neither verdict nor points.
  bool run_all_testcases = false;
  FactCache facts = {};
  StabilityRules stability = {};
  // Every time limit is multiplied by it, derived ones included.
  double time_factor = 1;
  // Name of the environment profile that `languages` come from, for the fingerprint and the cache key.
  std::string profile = "default";
  // A testlib.h, or the folder that has it, for checkers and interactors that include one and whose
  // package brings none.
  fs::path testlib = {};
  // Programs in languages that allow it begin in an interpreter that has started before
  // (steps/warm_interpreter.h). Not for contests, whose time limits count the start.
  bool warm_interpreters = false;
  // Boxes of the sandbox. Those that no judging is in run testcases of others ahead (steps/test_ahead.h).
  int boxes = 1;
};

// Judges programs for IOI, ICPC and the like. `sandbox` must outlive the judge; `languages` is copied.
// Compiled programs and checkers are kept for the life of the judge, keyed by content (the last 64).
//
// Where a package states no time limit, the first judgement of its problem derives one from the
// accepted submissions, under a lock; `options.facts` keeps it across processes. Every task type of
// programs is judged (problems::TaskType); patches and proofs are Unsupported.
std::unique_ptr<Judge> make_program_judge(sandbox::Sandbox& sandbox, const Languages& languages,
                                          ProgramJudgeOptions options);

// The judge's type, for callers that need more than the seam.
class ProgramJudge : public Judge {
 public:
  // judge() with run_all_testcases on, whatever the options say.
  virtual Result<Judgement> judge_every_testcase(const problems::Problem& problem,
                                                 const Submission& submission,
                                                 std::stop_token stop) = 0;
};

// The outcome of one reference submission against its promise, for `evalctl problems verify`.
struct VerifyResult {
  std::string submission;              // "accepted/solution.cpp"
  std::optional<Judgement> judgement;  // nullopt: skipped or failed, see `reason`
  bool agrees = false;
  bool skipped = false;  // its language is not known or its compiler not installed
  std::string reason;    // why not, or why skipped
};

// Judges one reference submission and holds it against what its folder or submissions.yaml promises.
// With a ProgramJudge all testcases are run where the promise speaks of single testcases.
VerifyResult verify_submission(const problems::Problem& problem,
                               const problems::ReferenceSubmission& reference, Judge& judge,
                               const Languages& languages, std::stop_token stop);

// Why `judgement` breaks the promise of `reference`, one sentence each; empty if it keeps it.
//
// Packages have no word for some verdicts: MLE keeps a promise of RE, OLE one of RE or TLE. On a
// scoring problem PC keeps a promise of AC if every testcase was accepted and the checker gives the
// score (the problem has no full marks in that sense), and one of another verdict if that is the
// root subtask's verdict.
std::vector<std::string> broken_promises(const problems::Problem& problem,
                                         const problems::ReferenceSubmission& reference,
                                         const Judgement& judgement);

}  // namespace eval::judges
