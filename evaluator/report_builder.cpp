#include "evaluator/report_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "evaluator/controls.h"
#include "evaluator/grading_report_builder.h"
#include "evaluator/livecodebench_output.h"
#include "evaluator/score.h"
#include "evaluator/statistics.h"
#include "evaluator/trajectory.h"
#include "sandbox/linux_sandbox.h"

namespace eval::evaluator {
namespace {

using reports::AttemptView;
using reports::ProblemView;
using reports::SourceView;

std::map<std::string, std::string> sampling_view(const runners::SamplingParams& sampling) {
  std::map<std::string, std::string> view;
  if (sampling.temperature) view["temperature"] = fmt::format("{}", *sampling.temperature);
  if (sampling.top_p) view["top_p"] = fmt::format("{}", *sampling.top_p);
  if (sampling.max_tokens) view["max_tokens"] = fmt::format("{}", *sampling.max_tokens);
  if (sampling.seed) view["seed"] = fmt::format("{}", *sampling.seed);
  if (!sampling.stop.empty()) view["stop"] = to_json_line(Json(sampling.stop));
  if (sampling.top_k) view["top_k"] = fmt::format("{}", *sampling.top_k);
  if (sampling.min_p) view["min_p"] = fmt::format("{}", *sampling.min_p);
  const auto penalty = [&](const char* name, const std::optional<double>& value) {
    if (value) view[name] = fmt::format("{}", *value);
  };
  penalty("repetition_penalty", sampling.repetition_penalty);
  penalty("presence_penalty", sampling.presence_penalty);
  penalty("frequency_penalty", sampling.frequency_penalty);
  if (!sampling.stop_token_ids.empty()) {
    view["stop_token_ids"] = to_json_line(Json(sampling.stop_token_ids));
  }
  if (sampling.thinking) view["thinking"] = *sampling.thinking ? "on" : "off";
  if (sampling.logprobs) view["logprobs"] = "stored";
  return view;
}

// The rung of isolation in a judgement's fingerprint ("judge 1; box root+cgroup-v2; ..."); empty if
// nothing was run in a box.
std::string isolation_of(const judges::Judgement& judgement) {
  for (const std::string& part : split(judgement.fingerprint, ';')) {
    const std::string_view fact = trim(part);
    constexpr std::string_view kBox = "box ";
    if (fact.starts_with(kBox)) return std::string(trim(fact.substr(kBox.size())));
  }
  return {};
}

reports::SandboxView sandbox_view(const SandboxNote& note) {
  reports::SandboxView view{note.isolation, sandbox::unpromised(note.isolation), {}};
  if (note.selftest) {
    const SelftestRecord& record = *note.selftest;
    view.selftest = {record.held,   record.not_held,        record.skipped,
                     record.failed, record.evalctl_version, record.kernel,
                     record.made_ms};
  }
  return view;
}

reports::RunView run_view(const RunManifest& manifest, const std::vector<Attempt>& attempts) {
  reports::RunView view;
  view.id = manifest.run_id;
  view.suite = manifest.suite;
  view.suite_title = manifest.suite_title;
  view.model = manifest.model;
  view.runner = manifest.runner;
  view.strategy = manifest.strategy;
  view.extraction_rule = manifest.extraction_rule;
  view.prompt_template = manifest.prompt_template;
  view.profile = manifest.profile;
  view.time_factor = manifest.time_factor;
  view.attempts_per_problem = manifest.attempts_per_problem;
  view.seed = manifest.seed;
  view.sampling = sampling_view(manifest.sampling);
  view.evalctl_version = manifest.evalctl_version;
  view.host = manifest.host;
  view.training_cutoff = view.training_cutoff_of_run = manifest.training_cutoff;
  std::set<std::string> rungs;
  for (const Attempt& attempt : attempts) {
    for (const judges::Judgement& judgement : attempt.judgements) {
      const std::string rung = isolation_of(judgement);
      if (!rung.empty()) rungs.insert(rung);
    }
  }
  view.isolation.assign(rungs.begin(), rungs.end());
  view.created_ms = manifest.created_ms;
  view.complete = std::all_of(attempts.begin(), attempts.end(), [](const Attempt& attempt) {
    return attempt.state == AttemptState::Judged || attempt.state == AttemptState::Failed;
  });
  return view;
}

struct SourcesOf {
  std::vector<SourceView> operator()(const judges::SourceProgram& program) const {
    std::vector<SourceView> views;
    for (const judges::SourceFile& file : program.files) {
      views.push_back({file.name, program.language, file.content});
    }
    return views;
  }
  std::vector<SourceView> operator()(const judges::Patch& patch) const {
    return {{"patch", "diff", patch.diff}};
  }
  std::vector<SourceView> operator()(const judges::Proof& proof) const {
    return {{"proof", "markdown", proof.text}};
  }
  std::vector<SourceView> operator()(const judges::Answer& answer) const {
    return {{"answer", "text", answer.text}};
  }
  std::vector<SourceView> operator()(const judges::OutputFiles& outputs) const {
    std::vector<SourceView> views;
    for (const judges::SourceFile& file : outputs.files) {
      views.push_back({file.name, "text", file.content});
    }
    return views;
  }
};

// The sum over turns of a count that a runner may not tell; nullopt if none tells.
template <class Count>
std::optional<std::int64_t> sum_of(const std::vector<runners::Generation>& generations,
                                   Count count) {
  std::optional<std::int64_t> sum;
  for (const runners::Generation& generation : generations) {
    const std::optional<std::int64_t> value = generation.*count;
    if (value) sum = sum.value_or(0) + *value;
  }
  return sum;
}

void add_generations(const Attempt& attempt, AttemptView& view) {
  if (attempt.generations.empty()) return;
  const runners::Generation& last = attempt.generations.back();
  view.reply = last.text;
  view.reasoning = last.reasoning;
  view.logprobs = last.logprobs;
  view.finish_reason = runners::finish_reason_name(last.finish_reason);
  view.generation_fingerprint = last.fingerprint;
  view.prompt_tokens = sum_of(attempt.generations, &runners::Generation::prompt_tokens);
  view.completion_tokens = sum_of(attempt.generations, &runners::Generation::completion_tokens);
  for (const runners::Generation& generation : attempt.generations) {
    view.generation_ms += generation.total_time.count();
  }
}

AttemptView attempt_view(const Attempt& attempt, const std::string& strategy) {
  AttemptView view;
  view.index = attempt.index;
  view.seed = attempt.seed;
  view.state = attempt_state_name(attempt.state);
  view.verdict = attempt.verdict();
  view.points = attempt.points();
  view.truncated = attempt.truncated();
  if (attempt.prompt) {
    for (const runners::Message& message : attempt.prompt->messages) {
      view.prompt.push_back({std::string(runners::role_name(message.role)), message.content});
    }
  }
  add_generations(attempt, view);
  view.turns = trajectory_of(attempt, strategy);
  if (attempt.submission) {
    view.extraction_rule = attempt.submission->rule;
    view.sources = std::visit(SourcesOf{}, attempt.submission->submission);
  }
  if (!attempt.judgements.empty()) view.judgement = attempt.judgements.back();
  view.judgement_count = static_cast<int>(attempt.judgements.size());
  for (const AttemptError& error : attempt.errors) {
    view.errors.push_back({std::string(stage_name(error.stage)), error.try_number,
                           std::string(error_code_name(error.error.code)), error.error.what,
                           error.error.where, error.error.help, error.at_ms});
  }
  return view;
}

ProblemView problem_view(const ProblemSnapshot& problem) {
  ProblemView view;
  view.id = problem.id;
  view.title = problem.title;
  view.kind = problem.kind;
  view.statement = problem.statement;
  view.statement_format = problem.statement_format;
  view.source = problem.source;
  view.points_max = problem.points_max;
  view.is_scoring = problem.is_scoring;
  view.testcase_count = problem.testcase_count;
  view.time_limit_ms = problem.time_limit_ms;
  view.memory_limit_bytes = problem.memory_limit_bytes;
  return view;
}

void summarise(ProblemView& problem) {
  int solved = 0;
  for (const AttemptView& attempt : problem.attempts) {
    solved += attempt.verdict == judges::Verdict::AC ? 1 : 0;
    problem.best_points = std::max(problem.best_points, attempt.points);
  }
  const int n = static_cast<int>(problem.attempts.size());
  const Interval interval = wilson_interval(solved, n);
  problem.solve_rate = {n == 0 ? 0.0 : static_cast<double>(solved) / n, interval.low, interval.high,
                        n, "wilson"};
}

std::optional<IcpcTimeModel> time_model_of(const RunManifest& manifest) {
  if (!manifest.minutes_per_attempt) return std::nullopt;
  return IcpcTimeModel{.minutes_per_attempt = *manifest.minutes_per_attempt};
}

std::optional<SubmissionCap> submission_cap_of(const RunManifest& manifest) {
  if (!manifest.submission_cap) return std::nullopt;
  return SubmissionCap{*manifest.submission_cap, manifest.submission_scope == "subtask"};
}

ScoreInput score_input(const RunManifest& manifest, const std::vector<ProblemSnapshot>& problems,
                       const std::vector<Attempt>& attempts) {
  return {.problems = &problems,
          .attempts = &attempts,
          .bootstrap_seed = manifest.seed,
          .contest = manifest.contest,
          .time_model = time_model_of(manifest),
          .submission_cap = submission_cap_of(manifest)};
}

// The headline of the problems that the controls do not set apart.
std::optional<reports::Metric> headline_without(const reports::ControlsModel& controls,
                                                const RunManifest& manifest,
                                                std::vector<ProblemSnapshot> problems,
                                                std::vector<Attempt> attempts) {
  std::set<std::string> apart;
  for (const auto& one : controls.apart) apart.insert(one.problem);
  std::erase_if(problems, [&](const ProblemSnapshot& one) { return apart.contains(one.id); });
  std::erase_if(attempts, [&](const Attempt& one) { return apart.contains(one.problem_id); });
  if (apart.empty() || problems.empty()) return std::nullopt;
  return score(score_input(manifest, problems, attempts)).metrics.front();
}

}  // namespace

Result<reports::ReportModel> build_report(Store& store, const std::string& run_id,
                                          const Clock& clock, const std::string& cutoff) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  const std::string& id = run.manifest.run_id;
  const std::vector<ProblemSnapshot> problems = EVAL_TRY(store.problems(id));
  const std::vector<Attempt> attempts = EVAL_TRY(store.attempts(id, true));

  reports::ReportModel model;
  model.run = run_view(run.manifest, attempts);
  if (!cutoff.empty()) model.run.training_cutoff = cutoff;
  for (const SandboxNote& note : EVAL_TRY(store.sandboxes(id))) {
    model.run.sandboxes.push_back(sandbox_view(note));
  }
  for (const ReproCheck& check : EVAL_TRY(store.repro_checks(id))) {
    model.run.repro_checks.push_back({check.fingerprint, check.share, check.stored, check.replayed,
                                      check.equal, check.ways, check.differing, check.made_ms});
  }
  model.score = score(score_input(run.manifest, problems, attempts));
  model.controls = EVAL_TRY(controls_of(store, problems, attempts));
  if (model.controls && !is_control(run.manifest)) {
    model.controls->without = headline_without(*model.controls, run.manifest, problems, attempts);
  }
  for (const BreakdownRow& row :
       livecodebench_breakdown(problems, attempts, model.run.training_cutoff)) {
    reports::BreakdownRow view{row.dimension,           row.value, row.problems, {},
                               row.attempts_unresolved, {}};
    for (const PassAtK& score : row.scores) {
      const auto& [interval, n, method] = score.share;
      view.pass_at[score.k] = {score.value, interval.low, interval.high, n, method};
      view.upper_bounds[score.k] = score.upper_bound;
    }
    model.score.breakdown.push_back(std::move(view));
  }
  if (model.score.medal) {
    const auto sentence =
        EVAL_TRY(forecast_sentence(store, run.manifest.contest, problems, attempts));
    model.score.medal->explanation += sentence.value_or("");
  }
  std::map<std::string, std::size_t> position;
  for (const ProblemSnapshot& problem : problems) {
    position[problem.id] = model.problems.size();
    model.problems.push_back(problem_view(problem));
  }
  for (const Attempt& attempt : attempts) {
    model.problems[position[attempt.problem_id]].attempts.push_back(
        attempt_view(attempt, run.manifest.strategy));
  }
  for (ProblemView& problem : model.problems) summarise(problem);
  model.generated_ms = clock.unix_ms();
  return model;
}

}  // namespace eval::evaluator
