#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "evaluator/local_source.h"
#include "evaluator/settings.h"
#include "problems/problem.h"
#include "runners/http_runner.h"
#include "runners/replay_runner.h"
#include "runners/runner.h"

// From the text after `--model` to a runner.
namespace eval::evaluator {

struct ModelSpec {
  enum class Kind {
    ReplayFile,         // "replay:FILE": a recording, see runners/FORMAT.md
    ReplaySubmissions,  // "replay:submissions": the reference submissions of the packages themselves
    ReplayRecorded,  // "replay:recorded", "replay:quickstart": replies.jsonl in the suite's folder
    SweLogs,         // "swe-logs:FOLDER": what the logs in FOLDER are of, see swe_bench_output.h
    ReplayGold,      // "replay:gold": the reference patches; a control that must resolve everything
    ReplayEmpty,  // "replay:empty": patches that change nothing; a control that must resolve nothing
    Http,         // "http:NAME": an OpenAI-compatible server at base_url
    Local,        // "local:DIR": a checkpoint in this process
  };
  Kind kind = Kind::ReplayFile;
  std::string argument;  // file, model name or folder; empty for the two recordings without one
  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

// Usage for an empty or unknown form, with the closest one.
Result<ModelSpec> parse_model(std::string_view text);

// The packages' reference submissions as recorded generations: one attempt each, in package order,
// files verbatim, the submission's name in the text. BadInput where no problem has any.
Result<runners::Recording> submissions_recording(const problems::Suite& suite);

// A patch for each problem that takes one: its reference, or one that adds an empty file and nothing else (an
// empty patch would not be run at all). BadInput where no problem takes patches.
Result<runners::Recording> gold_recording(const problems::Suite& suite);
Result<runners::Recording> empty_recording(const problems::Suite& suite);

// The runner `settings.model` names. Usage if base_url is missing for http; NotFound for a recording
// that is not there (with the closest word if a known one was meant); for local:DIR as LocalModel::open().
// `api_key` may be empty; it goes to the server and nowhere else. The cache is used if
// settings.request_cache.
Result<std::unique_ptr<runners::Runner>> make_runner(const RunSettings& settings,
                                                     const problems::Suite& suite,
                                                     runners::GenerationCache cache,
                                                     std::string api_key,
                                                     const LocalLoading& loading = {});

}  // namespace eval::evaluator
