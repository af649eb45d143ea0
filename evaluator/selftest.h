#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "evaluator/attack.h"
#include "judges/language.h"
#include "sandbox/sandbox.h"

// Lets a suite of hostile programs loose on the sandbox and tells what it held.
namespace eval::evaluator {

enum class AttackOutcome {
  Held,     // ended as it must, and the next honest run was unharmed
  NotHeld,  // something got out, was left behind, or ended in a way that nobody foresaw
  Skipped,  // cannot be tried here: its compiler is not installed
};
std::string_view attack_outcome_name(AttackOutcome outcome);  // "held", "not held", "skipped"

struct AttackResult {
  std::string name;
  std::string tries;
  std::string must_stop;
  AttackOutcome outcome = AttackOutcome::Skipped;
  std::string detail;  // why it is not held, or was skipped; control characters made visible
  std::string status;  // how it ended: "memory_limit", "rejected", "exited exited" for a pair
  std::chrono::microseconds cpu_time{0};
  std::chrono::microseconds wall_time{0};

  bool held() const { return outcome == AttackOutcome::Held; }
};

struct SelftestOptions {
  fs::path folder;          // holds attacks.json
  std::string filter = {};  // shell pattern of names; empty: all
  int boxes = 1;            // of the sandbox's pool: each is tried for what a pair left behind
  std::function<void(const AttackResult&)> observer = {};  // after each attack; may be empty
  std::stop_token stop = {};
};

// Builds and runs every attack in boxes of `sandbox`, one after the other. After each one an honest
// program must do its work as ever, and nothing may be left on the machine.
//
// Error: the suite is malformed, the filter matches nothing, or the bait or the honest program could
// not be set up. What attacks do, and an Error of the sandbox during an attack, is a result.
Result<std::vector<AttackResult>> run_selftest(sandbox::Sandbox& sandbox,
                                               const judges::Languages& languages,
                                               const SelftestOptions& options);

}  // namespace eval::evaluator
