#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judges/swe/grade.h"
#include "sandbox/sandbox.h"

// From a run of test commands to what grade() looks at. Pure.
namespace eval::judges::swe {

struct RunEvidence {
  Evidence grade_as;  // without its report; its log is the run's, which must outlive it
  // Decides instead of the log, if there is one.
  std::optional<TestResults> results = {};
  bool is_refuted = false;         // what speaks for a pass is contradicted: nothing has passed
  std::vector<std::string> notes;  // what was contradicted, and by what
};

// All that a run left is compared, since a patch can write any part of it:
//   a runner that writes a report and left none, or one that cannot be read, has not ended as test
//   runners do: nothing has passed;
//   nor has anything if the log lacks the summary that the runner ends with (pytest, Django, SymPy);
//   a test that the report says has passed and the log says has failed has failed;
//   without a report, a test that the log first says has failed and then has passed has failed.
// The log is read whole: marks of the harness that a patch prints have no meaning there. `report`: the
// name of the output; empty if the commands write none.
Result<RunEvidence> evidence_of(const problems::PatchTask& task, const RepositorySpec& spec,
                                const sandbox::ExecutionResult& run, std::string_view report,
                                Harness harness);

// Why a log is not that of a runner which came to its end; nullopt if it is, or if nothing is known of
// the runner's summary.
std::optional<std::string> why_unfinished(std::string_view log_parser, std::string_view log);

}  // namespace eval::judges::swe
