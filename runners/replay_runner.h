#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "base/result.h"
#include "runners/runner.h"

namespace eval::runners {

// One attempt: its turns in order, at least one. Formats of other harnesses have one.
using RecordedAttempt = std::vector<Generation>;

// Recorded attempts by problem id, in order. FORMAT.md in this folder describes the files.
using Recording = std::map<std::string, std::vector<RecordedAttempt>>;

// Reads a recording: own JSONL, LiveCodeBench output JSON (a list of {question_id, output_list,
// code_list}, or such entries by question id in "eval"), or SWE-bench predictions (JSONL, JSON list,
// or object keyed by instance id). The format is told from the content. Faults in several lines are
// reported together, each with its line. Problem ids are as written in the file.
Result<Recording> read_recording(const fs::path& file);

// What names the problem of an entry of LiveCodeBench's output, as read_recording() keeps it: of code execution "id",
// of test output prediction "question_id" and "test_id", else "question_id" or "task_id". Ids that are whole numbers
// are written both ways. Empty if there is none.
std::string livecodebench_entry_id(const Json& entry);

// Plays a recording back. Problem ids match "suite/slug" whole, or by the part after the last slash
// if only one problem of the recording ends so. An attempt or turn that was not recorded is NotFound.
std::unique_ptr<Runner> make_replay_runner(Recording recording, std::string description);

// One generation as a line of our own JSONL format, without newline. `turn` is written where it is not 0.
std::string recording_line(const std::string& problem_id, int attempt, const Generation& generation,
                           int turn = 0);

// Twelve hexadecimal digits that tell recordings of different content apart: for the description of what plays one
// back, which is part of a run's identity.
std::string recording_hash(const Recording& recording);

}  // namespace eval::runners
