#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "judges/swe/grade.h"

// Reports as the official harness of SWE-bench writes them (schema_version 2). Pure.
namespace eval::judges::swe {

// One instance's report.json: {ID: {patch_is_None, patch_exists, patch_successfully_applied, resolved,
// tests_status}}; tests_status only where tests were graded. Version 5 adds infra_failure and, where
// the log has a sign of one, its reason.
Json instance_report(const Grade& grade, Harness harness);

// An instance of a run and what became of it.
struct RunEntry {
  std::string instance_id;
  bool is_submitted = true;  // false: there is no prediction for it
  bool has_patch = true;     // false: its prediction is empty
  // The official harness writes no report of it: the patch does not apply, time ran out, it crashed.
  // A log that is no evidence of a run is no error there, but unresolved.
  bool is_error = false;
  bool is_resolved = false;
  std::string failure_sign;  // see Grade
  bool is_environment_sign = false;
};
RunEntry run_entry(const Grade& grade);

// The run's report: counts and sorted lists of ids. The officially "completed" are those that are
// resolved or not; errors are none of them. With `harness` v5 also which failures have a sign of a
// broken machine, unless `has_signs` is false (a store does not keep them).
Json run_report(const std::vector<RunEntry>& entries, Harness harness, bool has_signs);

}  // namespace eval::judges::swe
