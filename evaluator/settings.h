#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"

// Everything a user can set about a run, in one table: a flag, an environment variable and a key of
// the configuration file are the same setting under three spellings.
namespace eval::evaluator {

struct RunSettings {
  // What is run.
  std::string suite;                  // name or path
  std::vector<std::string> problems;  // ids or slugs; empty: all
  std::string filter;                 // shell pattern over ids and slugs; empty: all
  std::optional<int> limit;           // at most so many problems, in suite order
  // LiveCodeBench: which rows, see problems/livecodebench.h.
  std::string release;
  std::string window;
  std::string start_date;
  std::string end_date;
  bool without_errata = false;
  std::string
      semantics;  // what verdicts mean; empty: the suite's own ("lcb-official", or the one there is)
  // SWE-bench: where instances' tests run: a folder of prepared environments (judges/swe/prepared_environments.h).
  std::string environments;
  // Images: what their store may take ("200G"; empty: all the disk), and registries (see sandbox/images).
  std::string keep_images;
  std::vector<std::string> mirrors;
  bool tls_verify = true;
  // Settings of a published way of running, weaker than all that is said otherwise; see protocols.h.
  std::string protocol;
  // Who answers, and how it is asked.
  std::string model;           // see replay_source.h
  std::string base_url;        // of an OpenAI-compatible server: "http://127.0.0.1:8000/v1"
  std::string cutoff;          // day up to which the model was trained, declared; empty: not
  std::optional<int> samples;  // attempts per problem; absent: all a recording has, else 1
  std::uint64_t seed = 0;
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> max_tokens;
  std::vector<std::string> stop;  // stop sequences
  std::optional<int> top_k;
  std::optional<double> min_p;
  std::optional<double> repetition_penalty;
  std::optional<double> presence_penalty;
  std::optional<double> frequency_penalty;
  std::vector<std::string> stop_token_ids;  // whole numbers
  std::optional<bool> thinking;             // absent: as the model's chat template has it
  bool logprobs = false;                    // store the log-probability of every token
  std::string strategy = "single_shot";
  // Where the first turns of attempts come from, for strategies that go on from them: "run:ID" or a recording
  // (first_turns.h); empty: from the model.
  std::string first_turns;
  std::string prompt;                  // template name; empty: the default of the kind of task
  std::vector<std::string> languages;  // language ids to ask for, first is best
  std::string extraction = "last-block";
  std::optional<double> minutes_per_attempt;  // ICPC time model, see manifest.h; absent: none
  std::optional<int> submission_cap;          // so many submissions count; absent: all
  std::string submission_scope = "task";
  std::string profile;  // judges/profiles.json; empty: that of the run, else "default"
  std::optional<double> time_factor;  // on every time limit; absent: 1
  // A model in this process, see runners/local/engine/local_model.h.
  std::string device = "auto";  // "cpu", "cuda"; auto: cuda where there is one
  std::string dtype = "bf16";   // of weights and activations; see WeightFormat
  std::optional<int> context;  // tokens of prompt and completion; absent: the model's, up to 32,768
  std::string
      cpu_memory;  // "12 GiB": what weights and states may take; empty: most of what is free
  std::string gpu_memory;
  std::optional<int> threads;  // absent: every processor
  // Who marks proofs and undecided answers, and how; see grader_source.h.
  std::vector<std::string> graders;    // as `model`
  std::string grader_url;              // as `base_url`
  std::string grading = "rubric-0-7";  // see judges/proof/procedure.h
  std::optional<double> grader_temperature;
  std::optional<int> grader_max_tokens;
  bool canaries = true;  // a canary goes with every proof
  // How hard.
  int jobs = 0;                                // programs judged at once; 0: one per core
  int generate_workers = 0;                    // generations in flight; 0: what the runner prefers
  std::chrono::seconds request_timeout{3600};  // one whole generation: long reasoning takes an hour
  std::chrono::seconds idle_timeout{300};      // no byte for so long ends a request
  int request_tries = 6;                       // requests per generation, first included
  int tries = 3;                               // per stage of an attempt, when our machinery fails
  bool verdict_cache = true;
  bool request_cache = true;
  bool all_testcases = false;            // go on after the first rejected testcase
  std::string isolation = "namespaces";  // the least accepted: "namespaces" or "cgroup"
  // Where it goes.
  std::string db = "evalctl.db";
  std::string run_id;       // empty: derived from what the run does
  std::string report_html;  // written at the end of the run; empty: not
  std::string report_json;
  friend bool operator==(const RunSettings&, const RunSettings&) = default;
};

struct Setting {
  using Member = std::variant<std::string RunSettings::*, std::vector<std::string> RunSettings::*,
                              int RunSettings::*, std::optional<int> RunSettings::*,
                              std::optional<double> RunSettings::*,
                              std::optional<bool> RunSettings::*, std::uint64_t RunSettings::*,
                              bool RunSettings::*, std::chrono::seconds RunSettings::*>;
  std::string_view name;  // "max_tokens": the key; "--max-tokens"; EVALCTL_MAX_TOKENS
  std::string_view help;  // one line for people
  Member member;
  double least = 0;  // numbers: allowed range
  double most = 1e9;
  std::vector<std::string> (*choices)() = nullptr;     // texts: if set, nothing else is allowed
  std::string (*fault)(const std::string&) = nullptr;  // texts: why one is none; empty: it is one
};

// In the order in which help lists them.
std::span<const Setting> run_setting_table();

// The heading under which help lists it: "Problems", "Local model", ...
std::string_view setting_group(const Setting& setting);

// By name; "-" and "_" are the same. nullptr if there is none.
const Setting* find_setting(std::string_view name);

// "did you mean ...?" for a name that is not in the table; a list of all names if none is near.
std::string setting_advice(std::string_view name);

// Sets one member from a value as YAML gives it. BadInput (with `where`) for a wrong type, a number
// out of range or a text that is no choice. Durations are seconds or texts like "90s", "10m", "1h".
Result<void> apply_setting(const Setting& setting, const Json& value, const std::string& where,
                           RunSettings& settings);

// The same from a text (flag or environment): lists are separated by commas, booleans are true,
// false, yes, no, on, off, 1, 0.
Result<Json> setting_from_text(const Setting& setting, std::string_view text,
                               const std::string& where);

}  // namespace eval::evaluator
