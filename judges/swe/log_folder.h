#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "judges/swe/grade.h"

// Evaluations that were run elsewhere and left their files: graded again without running anything.
namespace eval::judges::swe {

// What one evaluation left; absent files are empty paths.
struct EvaluationFiles {
  fs::path log;           // of the tests: test_output.txt, ID.eval.log, ID.log
  fs::path instance_log;  // of the harness: run_instance.log
  fs::path patch;         // what was judged: patch.diff
  fs::path report;        // pytest's own: test_report.xml, junit.xml, ID.xml
  friend bool operator==(const EvaluationFiles&, const EvaluationFiles&) = default;
};

// The evaluations of `instance_ids` below `folder`, in the layouts of the official harness: a folder
// named after each instance (logs/run_evaluation/RUN/MODEL/ID/), or a file ID.eval.log, ID.log or
// ID.MODEL.eval.log. BadInput if an instance has two logs: a folder is one run of one model.
Result<std::map<std::string, EvaluationFiles>> find_evaluations(
    const fs::path& folder, const std::vector<std::string>& instance_ids);

// Reads the files and grades. An evaluation without a log of its tests is PatchFailed where the
// harness's log says so, else Invalid. An Error is about reading a file, or an unknown log parser.
Result<Grade> grade_files(const problems::PatchTask& task, const RepositorySpec& spec,
                          const EvaluationFiles& files, Harness harness);

// The predictions file that lies in `folder` (predictions.jsonl, preds.json, ...), if one does.
std::optional<fs::path> predictions_in(const fs::path& folder);

}  // namespace eval::judges::swe
