#include "judges/swe/official_report.h"

#include <algorithm>
#include <map>

namespace eval::judges::swe {
namespace {

constexpr int kSchemaVersion = 2;

Json lists_json(const TestLists& lists) {
  return {{"success", lists.success}, {"failure", lists.failure}};
}

template <class Has>
Json ids_where(const std::vector<RunEntry>& entries, Has has) {
  std::vector<std::string> ids;
  for (const RunEntry& entry : entries) {
    if (has(entry)) ids.push_back(entry.instance_id);
  }
  std::ranges::sort(ids);
  return ids;
}

bool has_verdict(const RunEntry& entry) {
  return entry.is_submitted && entry.has_patch && !entry.is_error;
}

}  // namespace

Json instance_report(const Grade& grade, Harness harness) {
  Json report = {{"patch_is_None", !grade.patch_exists},
                 {"patch_exists", grade.patch_exists},
                 {"patch_successfully_applied", grade.patch_applied},
                 {"resolved", grade.resolved()}};
  if (harness == Harness::V5) {
    report["infra_failure"] = !grade.patch_applied && grade.is_environment_sign;
    if (!grade.patch_applied && !grade.failure_sign.empty()) {
      report["infra_failure_reason"] = grade.failure_sign;
    }
  }
  if (grade.patch_applied) {
    const TestLists none;
    report["tests_status"] = {{"FAIL_TO_PASS", lists_json(grade.fail_to_pass)},
                              {"PASS_TO_PASS", lists_json(grade.pass_to_pass)},
                              {"FAIL_TO_FAIL", lists_json(none)},
                              {"PASS_TO_FAIL", lists_json(none)}};
  }
  return {{grade.instance_id, std::move(report)}};
}

RunEntry run_entry(const Grade& grade) {
  RunEntry entry;
  entry.instance_id = grade.instance_id;
  entry.has_patch = grade.status != GradeStatus::EmptyPatch;
  entry.is_error =
      grade.status == GradeStatus::PatchFailed || grade.status == GradeStatus::TimedOut;
  entry.is_resolved = grade.resolved();
  entry.failure_sign = grade.failure_sign;
  entry.is_environment_sign = grade.is_environment_sign;
  return entry;
}

Json run_report(const std::vector<RunEntry>& entries, Harness harness, bool has_signs) {
  const auto resolved = [](const RunEntry& one) { return has_verdict(one) && one.is_resolved; };
  const auto unresolved = [](const RunEntry& one) { return has_verdict(one) && !one.is_resolved; };
  const auto empty = [](const RunEntry& one) { return one.is_submitted && !one.has_patch; };
  const auto error = [](const RunEntry& one) {
    return one.is_submitted && one.has_patch && one.is_error;
  };
  const auto environment = [](const RunEntry& one) {
    return !one.failure_sign.empty() && one.is_environment_sign;
  };
  const auto ambiguous = [](const RunEntry& one) {
    return !one.failure_sign.empty() && !one.is_environment_sign;
  };
  const Json completed_ids = ids_where(entries, has_verdict);
  const Json incomplete_ids = ids_where(entries, [](const auto& one) { return !one.is_submitted; });
  const Json submitted_ids = ids_where(entries, [](const auto& one) { return one.is_submitted; });
  const Json resolved_ids = ids_where(entries, resolved);
  const Json unresolved_ids = ids_where(entries, unresolved);
  const Json empty_ids = ids_where(entries, empty);
  const Json error_ids = ids_where(entries, error);
  const bool with_signs = harness == Harness::V5 && has_signs;
  const Json environment_ids = ids_where(entries, environment);
  const Json ambiguous_ids = ids_where(entries, ambiguous);
  Json report = {{"total_instances", entries.size()},
                 {"submitted_instances", submitted_ids.size()},
                 {"completed_instances", completed_ids.size()},
                 {"resolved_instances", resolved_ids.size()},
                 {"unresolved_instances", unresolved_ids.size()}};
  if (with_signs) {
    report["infra_failure_instances"] = environment_ids.size();
    report["ambiguous_failure_instances"] = ambiguous_ids.size();
  }
  report["empty_patch_instances"] = empty_ids.size();
  report["error_instances"] = error_ids.size();
  report["completed_ids"] = completed_ids;
  report["incomplete_ids"] = incomplete_ids;
  report["empty_patch_ids"] = empty_ids;
  report["submitted_ids"] = submitted_ids;
  report["resolved_ids"] = resolved_ids;
  report["unresolved_ids"] = unresolved_ids;
  if (with_signs) {
    report["infra_failure_ids"] = environment_ids;
    report["ambiguous_failure_ids"] = ambiguous_ids;
    std::map<std::string, std::string> reasons;
    for (const RunEntry& entry : entries) {
      if (!entry.failure_sign.empty()) reasons[entry.instance_id] = entry.failure_sign;
    }
    report["failure_reasons"] = reasons;
  }
  report["error_ids"] = error_ids;
  report["schema_version"] = kSchemaVersion;
  return report;
}

}  // namespace eval::judges::swe
