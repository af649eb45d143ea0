#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "judges/judgement.h"
#include "judges/verdict.h"
#include "runners/token_logprobs.h"

// All that a report shows, as one plain value that evaluator fills. Reports read nothing else.
namespace eval::reports {

// A number with its uncertainty. `low` and `high` bound the 95 % interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
  int n = 0;           // independent units behind it
  std::string method;  // "wilson", "bootstrap"
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

struct Metric {
  std::string name;    // "pass@1", "avg@4", "points"
  std::string label;   // "mean of problems solved in one attempt"
  double maximum = 1;  // what full marks would be: 1 for rates, 600 for IOI points
  Estimate estimate;
  // The value had every unresolved attempt (IE, JE, not judged) been wrong, or right.
  double lower_bound = 0;
  double upper_bound = 0;
  friend bool operator==(const Metric&, const Metric&) = default;
};

// Scores of the problems that share a property: a month, a platform.
struct BreakdownRow {
  std::string dimension;            // "difficulty", "platform", "month", "cutoff"
  std::string value;                // "easy", "2024-08"; rows of a dimension are in their order
  int problems = 0;
  std::map<int, Estimate> pass_at;  // pass@k by k: 1, and 2, 4, ... of runs with so many attempts
  int attempts_unresolved = 0;         // IE, JE, not judged; wrong in `pass_at`
  std::map<int, double> upper_bounds = {};  // pass@k by k had these been right
  friend bool operator==(const BreakdownRow&, const BreakdownRow&) = default;
};

struct MedalCutoff {
  std::string medal;                     // "gold", "silver", "bronze"
  std::optional<double> cutoff;          // nullopt: not known
  std::optional<double> distance;        // score minus cutoff; >= 0 reaches it
  std::optional<double> cutoff_penalty;  // ICPC: minutes of the last team with this medal
  std::string confidence;                // "computed", "secondary", "unverified", "unknown"
  std::string source;
  friend bool operator==(const MedalCutoff&, const MedalCutoff&) = default;
};

struct MedalOutcome {
  std::string contest;      // "IOI 2025"
  std::string medal;        // "gold", "silver", "bronze", "none", "unknown"
  std::string explanation;  // one sentence: why, and what is not known
  double score = 0;         // points, or problems solved
  double score_max = 0;
  std::vector<MedalCutoff> cutoffs;
  std::optional<int> rank_best, rank_worst;  // ICPC: the ranks the solved count allows
  std::optional<double> penalty;             // ICPC: minutes, if a time model is declared
  std::vector<std::string> reported;         // published systems on the same contest, one line each
  friend bool operator==(const MedalOutcome&, const MedalOutcome&) = default;
};

struct ScoreModel {
  std::vector<Metric> metrics;                    // the first is the headline
  std::map<judges::Verdict, int> verdict_counts;  // attempts by verdict
  int attempts_planned = 0;
  int attempts_unjudged = 0;
  int attempts_truncated = 0;
  int attempts_near_limit = 0;  // whose judgement has a testcase that is not clear of its limits
  int attempts_over_cap = 0;    // beyond the submission cap: listed, but they count for nothing
  std::string counting_rule;    // "the first 50 submissions of each task; ..."; empty: all count
  int problems_total = 0;
  int problems_solved = 0;  // at least one attempt AC
  std::optional<MedalOutcome> medal;
  std::vector<BreakdownRow> breakdown;  // empty: problems of this suite say nothing of the kind
  friend bool operator==(const ScoreModel&, const ScoreModel&) = default;
};

struct MessageView {
  std::string role;
  std::string content;
  friend bool operator==(const MessageView&, const MessageView&) = default;
};

struct ErrorView {
  std::string stage;
  int try_number = 1;
  std::string code, what, where, help;
  std::int64_t at_ms = 0;
  friend bool operator==(const ErrorView&, const ErrorView&) = default;
};

struct SourceView {
  std::string name;
  std::string language;  // language id
  std::string content;
  friend bool operator==(const SourceView&, const SourceView&) = default;
};

// One turn of an attempt of several: what the model said, and what its action gave.
struct TurnView {
  std::string reply;
  std::optional<std::string> reasoning;
  std::string finish_reason;
  std::optional<std::int64_t> prompt_tokens, completion_tokens;
  std::optional<double> cost_cents;  // where the strategy has prices and the runner told tokens
  std::int64_t generation_ms = 0;
  std::optional<std::string> observation;  // nullopt: the strategy does not act
  bool submitted = false;                  // the action handed the work in
  friend bool operator==(const TurnView&, const TurnView&) = default;
};

struct AttemptView {
  int index = 0;
  std::uint64_t seed = 0;
  std::string state;
  std::optional<judges::Verdict> verdict;
  double points = 0;
  bool truncated = false;
  std::vector<MessageView> prompt;
  std::string reply;  // the last generation's text
  std::optional<std::string> reasoning;
  std::optional<runners::TokenLogprobs> logprobs;  // of that generation
  std::string finish_reason;
  std::optional<std::int64_t> prompt_tokens, completion_tokens;
  std::int64_t generation_ms = 0;
  std::string generation_fingerprint;
  std::vector<TurnView> turns = {};  // empty for an attempt of one turn that did not act
  std::string extraction_rule;       // empty: no submission
  std::vector<SourceView> sources;
  std::optional<judges::Judgement> judgement;  // the latest
  int judgement_count = 0;
  std::vector<ErrorView> errors;
  friend bool operator==(const AttemptView&, const AttemptView&) = default;
};

struct ProblemView {
  std::string id;
  std::string title;
  std::string kind;
  std::string statement;
  std::string statement_format;  // "markdown", "latex", "text", "pdf"
  std::string source;
  double points_max = 1;
  bool is_scoring = false;
  int testcase_count = 0;
  std::int64_t time_limit_ms = 0;
  std::int64_t memory_limit_bytes = 0;
  Estimate solve_rate;  // share of attempts that are AC, Wilson interval
  double best_points = 0;
  std::vector<AttemptView> attempts;
  friend bool operator==(const ProblemView&, const ProblemView&) = default;
};

// What judged programs ran in.
struct SandboxView {
  struct Selftest {
    int held = 0;
    int not_held = 0;
    int skipped = 0;                       // their compiler is not installed
    std::vector<std::string> failed = {};  // names of the attacks not held
    std::string evalctl_version;
    std::string kernel;
    std::int64_t made_ms = 0;
    friend bool operator==(const Selftest&, const Selftest&) = default;
  };
  std::string isolation;                       // the rung
  std::vector<std::string> not_promised = {};  // what it lacks, a clause each
  std::optional<Selftest> selftest = {};       // nullopt: not run on that machine
  friend bool operator==(const SandboxView&, const SandboxView&) = default;
};

// A share of the run's completions asked for again, and their tokens compared.
struct ReproView {
  std::string runner;                       // that replayed
  double share = 0;                         // of the completions, asked for
  int stored = 0;                           // completions that can be compared
  int replayed = 0;                         // replays compared
  int equal = 0;                            // of those
  std::vector<std::string> ways = {};       // "3 at once, shuffled"
  std::vector<std::string> differing = {};  // which were not equal
  std::int64_t made_ms = 0;
  friend bool operator==(const ReproView&, const ReproView&) = default;
};

struct RunView {
  std::string id;
  std::string suite;
  std::string suite_title;
  std::string model;
  std::string runner;
  std::string strategy;
  std::string extraction_rule;
  std::string prompt_template;
  std::string profile = "default";  // environment profile: compiler lines and languages
  double time_factor = 1;           // every time limit was multiplied by it
  int attempts_per_problem = 1;
  std::uint64_t seed = 0;
  std::map<std::string, std::string> sampling;  // "temperature" -> "1", only what was set
  std::string evalctl_version;
  std::string host;
  std::vector<std::string> isolation;  // rungs seen in judgements
  std::int64_t created_ms = 0;
  bool complete = false;  // every planned attempt is judged or failed
  // Each box that judged, oldest first; empty where it is not known.
  std::vector<SandboxView> sandboxes = {};
  std::vector<ReproView> repro_checks = {};  // oldest first
  // Day up to which the model is declared to have been trained: for this report, and when the run was begun.
  // Empty: not declared.
  std::string training_cutoff = {};
  std::string training_cutoff_of_run = {};
  friend bool operator==(const RunView&, const RunView&) = default;
};

// What the controls in the same store say of a run's SWE-bench instances.
struct ControlsModel {
  // An instance whose score says nothing about a model: its reference patch does not resolve it, a patch
  // that changes nothing does, or one of them does it only sometimes.
  struct Apart {
    std::string problem;
    std::string why;  // "the reference patch got AC, WA, AC (tests/test_a.py::test_b)"
    bool is_flaky = false;
    friend bool operator==(const Apart&, const Apart&) = default;
  };
  int gold_count = 0;   // problems whose reference patch was judged in the same environment
  int empty_count = 0;  // problems for which a patch that changes nothing was
  std::vector<Apart> apart = {};  // in plan order
  // The headline without these; nullopt: none are apart, or all, or the run is a control.
  std::optional<Metric> without = {};
  friend bool operator==(const ControlsModel&, const ControlsModel&) = default;
};

struct ReportModel {
  RunView run;
  ScoreModel score;                            // of all problems, whatever the controls say
  std::optional<ControlsModel> controls = {};  // nullopt: nothing was judged in environments
  std::vector<ProblemView> problems;           // in plan order
  std::int64_t generated_ms = 0;               // when this report was made
  friend bool operator==(const ReportModel&, const ReportModel&) = default;
};

}  // namespace eval::reports
