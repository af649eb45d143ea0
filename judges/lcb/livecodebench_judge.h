#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judges/judge.h"
#include "judges/language.h"
#include "judges/program_judge.h"
#include "sandbox/sandbox.h"

namespace eval::judges {

// What a verdict on a LiveCodeBench problem means. The two differ on a dozen idioms (docs/livecodebench.md),
// so a run has one of them, by name, in its manifest.
enum class Semantics {
  // "lcb-official": what the official evaluator (of May 2025 and since) says, its quirks included. The submission is Python,
  // whatever it says it is, and runs with all tests in one process; see shim.py.
  LcbOfficial,
  // "lcb-official-2501": the same as the evaluator was from January to May 2025, when sys.stdin was a
  // StringIO (no .buffer, but an iterator, and read() gives what is left). Many published results are
  // from then.
  LcbOfficial2501,
  // "process": a process for each test, with real standard input, CPU time limits and any language.
  Process,
};
std::string_view semantics_name(Semantics semantics);
std::optional<Semantics> semantics_from_name(std::string_view name);
std::vector<std::string> semantics_names();

// A judge for problems of LiveCodeBench. Others are Unsupported with the official ones, and are judged as
// always with Process. `sandbox` must outlive it; `languages` is copied.
//
// The official ones run the interpreter of language "python3" on a shim that is part of this program. Inputs
// go into the box, what was printed or returned comes out, and is compared here: expected outputs
// never meet the submission. The limit of a test is wall time, as it is officially; a program that
// ran into it with the processor mostly elsewhere is run once more, alone.
std::unique_ptr<Judge> make_livecodebench_judge(sandbox::Sandbox& sandbox,
                                                const Languages& languages, Semantics semantics,
                                                ProgramJudgeOptions options);

}  // namespace eval::judges
