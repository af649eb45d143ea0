#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/runner.h"

namespace eval::evaluator {

// How a model in this process runs, as far as it decides tokens.
struct LocalChoice {
  std::string device;          // "cpu", "cuda"
  std::string dtype;           // "bf16", "f32", "int8"
  std::optional<int> context;  // absent: the model's own, up to the default
  friend bool operator==(const LocalChoice&, const LocalChoice&) = default;
};

// All that decides what a run does, fixed when the run starts and stored with it. A second
// command with the same run id must agree with it or is refused.
struct RunManifest {
  std::string run_id;  // unique in the database; default: suite, model and a short hash
  std::string suite;   // Suite::name; its folder may move
  std::string suite_title;
  std::string contest;  // medal table key; empty: none
  std::string model;    // as given: "replay:submissions", "http:NAME", ...
  std::string runner;   // Runner::description()
  std::string strategy = "single_shot";
  std::string extraction_rule;   // name of the rule, see extract.h
  std::string prompt_template;   // name and version of the prompt
  int attempts_per_problem = 1;  // planned; fewer where a recording has fewer
  std::uint64_t seed = 0;
  runners::SamplingParams sampling;
  std::optional<LocalChoice> local;  // only of local:FOLDER
  // ICPC time model: attempt i (from 0) of a problem is submitted i + 1 times so many minutes after the
  // start. Absent: no model is declared, and reports give a range of ranks.
  std::optional<double> minutes_per_attempt;
  // Environment profile that judges (judges/profiles.json), and a factor on every time limit. Part of
  // the JSON only where they are not the defaults, so that older runs keep their key.
  std::string profile = "default";
  double time_factor = 1;
  // So many submissions of a task (or subtask) count, in order; absent: all. See SubmissionCap.
  std::optional<int> submission_cap;
  std::string submission_scope = "task";  // "task", "subtask"
  // What a verdict means, where there is a choice (LiveCodeBench); verdicts of different semantics are
  // never of one run. Empty: the judge of the kind of task.
  std::string semantics;
  // Where patches are judged and agents act, as `--environments` says it, a folder by its whole path; empty
  // where nothing needs any. Part of the JSON only where it is not.
  std::string environments = {};
  // Day up to which the model is declared to have been trained ("2024-09-01"; empty: not declared). It decides
  // how reports group problems and no result, so it need not agree when a run is resumed: the first stays.
  std::string training_cutoff = {};
  std::vector<std::string> problem_ids;  // the denominator: every problem planned, in order
  std::string evalctl_version;
  std::string host;             // kernel and CPU model, for the report
  std::int64_t created_ms = 0;  // Unix ms, UTC
  friend bool operator==(const RunManifest&, const RunManifest&) = default;
};

Json to_json(const RunManifest& manifest);
Result<RunManifest> manifest_from_json(const Json& json);

// The parts that must agree when a run is resumed: all but created_ms, host, version and training cut-off.
Json identity_json(const RunManifest& manifest);

// Hash of these.
std::string manifest_key(const RunManifest& manifest);

}  // namespace eval::evaluator
