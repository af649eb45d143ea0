#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "runners/runner.h"

namespace eval::runners {

// Recorded generations by problem id, in attempt order. FORMAT.md in this folder describes the
// files.
using Recording = std::map<std::string, std::vector<Generation>>;

// Reads a recording: own JSONL, LiveCodeBench output JSON (a list of {question_id, output_list,
// code_list}), or SWE-bench predictions (JSONL, JSON list, or object keyed by instance id). The
// format is told from the content. Faults in several lines are reported together, each with its
// line. Problem ids are as written in the file.
Result<Recording> read_recording(const fs::path& file);

// Plays a recording back. Problem ids match "suite/slug" whole, or by the part after the last slash
// if only one problem of the recording ends so. An attempt that was not recorded is NotFound.
std::unique_ptr<Runner> make_replay_runner(Recording recording, std::string description);

// One generation as a line of our own JSONL format, without newline.
std::string recording_line(const std::string& problem_id, int attempt,
                           const Generation& generation);

}  // namespace eval::runners
