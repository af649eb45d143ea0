#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/sandbox.h"

namespace eval::evaluator {

// How an attack is carried out.
enum class AttackKind {
  Run,       // built in a box, then run once
  Compile,   // only built: the attack is on the compiler and through it
  Pair,      // run with the argument "plant", then with "look" in the same pool
  Together,  // run with "plant" and "look" at the same time, in two boxes where there are two
};

// What an attack's end must look like for it to have been held.
struct AttackExpectation {
  // Names of run states that are right; for Compile "compiled" and "rejected".
  std::vector<std::string> status;
  std::string stdout_has;              // needed where the program exited by itself
  std::vector<std::string> never_has;  // in no output, log or copied-out file
  std::optional<int> exit_code;        // needed where the program exited by itself
  bool no_outputs = false;             // none of `outputs` may be copied out
  friend bool operator==(const AttackExpectation&, const AttackExpectation&) = default;
};

// One hostile program of the attack suite, one entry of attacks.json.
struct Attack {
  std::string name;      // "memory_heap": group, then what it does
  fs::path source;       // absolute
  std::string language;  // id of judges/languages.json
  AttackKind kind = AttackKind::Run;
  std::string tries;      // one sentence
  std::string must_stop;  // one sentence
  sandbox::Profile profile = sandbox::Profile::Native;
  sandbox::Limits limits;
  std::vector<std::string> outputs;  // copied out after the run, or not
  AttackExpectation expect;
};

// The attacks of `folder`/attacks.json, in its order. BadInput names the entry that is wrong.
Result<std::vector<Attack>> load_attacks(const fs::path& folder);

}  // namespace eval::evaluator
