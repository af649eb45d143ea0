#include <fmt/format.h>

#include "base/clock.h"
#include "base/text.h"
#include "reports/figures.h"
#include "reports/json_parts.h"
#include "reports/reports.h"

namespace eval::reports {
namespace {

// Raised when a reader of the old version would misread the new one; FORMAT.md lists the changes.
constexpr int kFormatVersion = 1;

template <class T>
Json optional_to_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json verdict_to_json(const std::optional<judges::Verdict>& verdict) {
  return verdict ? Json(std::string(judges::verdict_name(*verdict))) : Json(nullptr);
}

Json estimate_to_json(const Estimate& estimate) {
  return Json{{"value", estimate.value},
              {"low", estimate.low},
              {"high", estimate.high},
              {"n", estimate.n},
              {"method", estimate.method}};
}

Json metric_to_json(const Metric& metric) {
  Json json{{"name", metric.name}, {"label", metric.label}, {"maximum", metric.maximum}};
  json.update(estimate_to_json(metric.estimate));
  json["lower_bound"] = metric.lower_bound;
  json["upper_bound"] = metric.upper_bound;
  return json;
}

Json medal_to_json(const MedalOutcome& medal) {
  Json cutoffs = Json::array();
  for (const MedalCutoff& cutoff : medal.cutoffs) {
    cutoffs.push_back(Json{{"medal", cutoff.medal},
                           {"cutoff", optional_to_json(cutoff.cutoff)},
                           {"distance", optional_to_json(cutoff.distance)},
                           {"cutoff_penalty", optional_to_json(cutoff.cutoff_penalty)},
                           {"confidence", cutoff.confidence},
                           {"source", cutoff.source}});
  }
  return Json{{"contest", medal.contest},
              {"medal", medal.medal},
              {"explanation", medal.explanation},
              {"score", medal.score},
              {"score_max", medal.score_max},
              {"cutoffs", std::move(cutoffs)},
              {"rank_best", optional_to_json(medal.rank_best)},
              {"rank_worst", optional_to_json(medal.rank_worst)},
              {"penalty", optional_to_json(medal.penalty)},
              {"reported", medal.reported}};
}

Json test_to_json(const judges::TestResult& test, const TextEncoder& encode) {
  Json times = Json::array();
  for (const auto time : test.cpu_times) times.push_back(time.count());
  return Json{{"testcase", test.testcase},
              {"verdict", verdict_to_json(test.verdict)},
              {"points", optional_to_json(test.points)},
              {"cpu_time_us", test.cpu_time.count()},
              {"wall_time_us", test.wall_time.count()},
              {"memory_bytes", test.memory_peak ? Json(test.memory_peak->count) : Json(nullptr)},
              {"run_status", test.run_status},
              {"exit_code", test.exit_code},
              {"signal", test.signal},
              {"stability", judges::stability_name(test.stability)},
              {"cpu_times_us", std::move(times)},
              {"untimed_verdict", verdict_to_json(test.untimed_verdict)},
              {"passes", test.passes},
              {"transcript", encode(test.transcript)},
              {"checker_message", encode(test.checker_message)},
              {"standard_error", encode(test.standard_error)},
              {"output_excerpt", encode(test.output_excerpt)}};
}

Json judgement_to_json(const judges::Judgement& judgement, const TextEncoder& encode) {
  Json tests = Json::array();
  for (const auto& test : judgement.tests) tests.push_back(test_to_json(test, encode));
  Json subtasks = Json::array();
  for (const judges::SubtaskResult& subtask : judgement.subtasks) {
    subtasks.push_back(Json{{"subtask", subtask.subtask},
                            {"verdict", verdict_to_json(subtask.verdict)},
                            {"points", subtask.points},
                            {"points_max", optional_to_json(subtask.points_max)}});
  }
  return Json{{"verdict", verdict_to_json(judgement.verdict)},
              {"points", judgement.points},
              {"detail", encode(judgement.detail)},
              {"language", judgement.language},
              {"time_limit_ms", judgement.time_limit.count()},
              {"memory_limit_bytes", judgement.memory_limit.count},
              {"stability", judges::stability_name(judges::stability_of(judgement))},
              {"from_cache", judgement.from_cache},
              {"fingerprint", judgement.fingerprint},
              {"subtasks", std::move(subtasks)},
              {"tests", std::move(tests)},
              {"compile_log", encode(judgement.compile_log)}};
}

Json errors_to_json(const std::vector<ErrorView>& errors, const TextEncoder& encode) {
  Json list = Json::array();
  for (const ErrorView& error : errors) {
    list.push_back(Json{{"stage", error.stage},
                        {"try_number", error.try_number},
                        {"code", error.code},
                        {"what", encode(error.what)},
                        {"where", encode(error.where)},
                        {"help", encode(error.help)},
                        {"at", format_utc(error.at_ms)}});
  }
  return list;
}

Json turns_to_json(const std::vector<TurnView>& turns, const TextEncoder& encode) {
  Json list = Json::array();
  for (const TurnView& turn : turns) {
    list.push_back(
        Json{{"reply", encode(turn.reply)},
             {"reasoning", turn.reasoning ? encode(*turn.reasoning) : Json(nullptr)},
             {"finish_reason", turn.finish_reason},
             {"prompt_tokens", optional_to_json(turn.prompt_tokens)},
             {"completion_tokens", optional_to_json(turn.completion_tokens)},
             {"cost_cents", optional_to_json(turn.cost_cents)},
             {"generation_ms", turn.generation_ms},
             {"observation", turn.observation ? encode(*turn.observation) : Json(nullptr)},
             {"submitted", turn.submitted}});
  }
  return list;
}

Json sources_to_json(const std::vector<SourceView>& sources, const TextEncoder& encode) {
  Json list = Json::array();
  for (const SourceView& source : sources) {
    list.push_back(Json{
        {"name", source.name}, {"language", source.language}, {"content", encode(source.content)}});
  }
  return list;
}

Json sandboxes_to_json(const std::vector<SandboxView>& sandboxes) {
  Json list = Json::array();
  for (const SandboxView& sandbox : sandboxes) {
    Json selftest;
    if (sandbox.selftest) {
      selftest = {{"held", sandbox.selftest->held},
                  {"not_held", sandbox.selftest->not_held},
                  {"skipped", sandbox.selftest->skipped},
                  {"failed", sandbox.selftest->failed},
                  {"evalctl_version", sandbox.selftest->evalctl_version},
                  {"kernel", sandbox.selftest->kernel},
                  {"made", format_utc(sandbox.selftest->made_ms)}};
    }
    list.push_back({{"isolation", sandbox.isolation},
                    {"not_promised", sandbox.not_promised},
                    {"selftest_summary", format_selftest(sandbox)},
                    {"selftest", std::move(selftest)}});
  }
  return list;
}

Json repro_checks_to_json(const std::vector<ReproView>& checks) {
  Json list = Json::array();
  for (const ReproView& check : checks) {
    list.push_back({{"runner", check.runner},
                    {"share", check.share},
                    {"stored", check.stored},
                    {"replayed", check.replayed},
                    {"equal", check.equal},
                    {"ways", check.ways},
                    {"differing", check.differing},
                    {"summary", format_repro(check)},
                    {"made", format_utc(check.made_ms)}});
  }
  return list;
}

Json day_or_null(const std::string& day) {
  return day.empty() ? Json(nullptr) : Json(day);
}

}  // namespace

Json run_to_json(const RunView& run) {
  return Json{{"id", run.id},
              {"suite", run.suite},
              {"suite_title", run.suite_title},
              {"model", run.model},
              {"runner", run.runner},
              {"strategy", run.strategy},
              {"extraction_rule", run.extraction_rule},
              {"prompt_template", run.prompt_template},
              {"profile", run.profile},
              {"time_factor", run.time_factor},
              {"attempts_per_problem", run.attempts_per_problem},
              // As text: a 64-bit seed does not survive a reader that keeps numbers as doubles.
              {"seed", std::to_string(run.seed)},
              {"sampling", run.sampling},
              {"evalctl_version", run.evalctl_version},
              {"host", run.host},
              {"isolation", run.isolation},
              {"sandboxes", sandboxes_to_json(run.sandboxes)},
              {"repro_checks", repro_checks_to_json(run.repro_checks)},
              {"training_cutoff", day_or_null(run.training_cutoff)},
              {"training_cutoff_of_run", day_or_null(run.training_cutoff_of_run)},
              {"created", format_utc(run.created_ms)},
              {"complete", run.complete}};
}

Json score_to_json(const ScoreModel& score) {
  Json metrics = Json::array();
  for (const Metric& metric : score.metrics) metrics.push_back(metric_to_json(metric));
  // Every code is listed, so that a reader needs no default for the ones that did not occur.
  Json counts = Json::object();
  for (const judges::Verdict verdict : judges::kAllVerdicts) {
    const auto found = score.verdict_counts.find(verdict);
    counts[std::string(judges::verdict_name(verdict))] =
        found == score.verdict_counts.end() ? 0 : found->second;
  }
  Json breakdown = Json::array();
  for (const BreakdownRow& row : score.breakdown) {
    Json json{{"dimension", row.dimension},
              {"value", row.value},
              {"problems", row.problems},
              {"attempts_unresolved", row.attempts_unresolved},
              {"pass_at", Json::object()}};
    for (const auto& [k, estimate] : row.pass_at) {
      Json& one = json["pass_at"][std::to_string(k)] = estimate_to_json(estimate);
      const auto upper = row.upper_bounds.find(k);
      one["lower_bound"] = estimate.value;
      one["upper_bound"] = upper == row.upper_bounds.end() ? estimate.value : upper->second;
    }
    breakdown.push_back(std::move(json));
  }
  Json json{
      {"metrics", std::move(metrics)},
      {"verdict_counts", std::move(counts)},
      {"attempts_planned", score.attempts_planned},
      {"attempts_unjudged", score.attempts_unjudged},
      {"attempts_truncated", score.attempts_truncated},
      {"attempts_near_limit", score.attempts_near_limit},
      {"attempts_over_cap", score.attempts_over_cap},
      {"counting_rule", score.counting_rule.empty() ? Json(nullptr) : Json(score.counting_rule)},
      {"problems_total", score.problems_total},
      {"problems_solved", score.problems_solved},
      {"medal", score.medal ? medal_to_json(*score.medal) : Json(nullptr)}};
  if (!breakdown.empty()) json["breakdown"] = std::move(breakdown);
  return json;
}

Json controls_to_json(const std::optional<ControlsModel>& controls) {
  if (!controls) return nullptr;
  Json apart = Json::array();
  for (const ControlsModel::Apart& one : controls->apart) {
    apart.push_back(Json{{"problem", one.problem}, {"why", one.why}, {"is_flaky", one.is_flaky}});
  }
  return Json{{"gold_count", controls->gold_count},
              {"empty_count", controls->empty_count},
              {"summary", format_controls(*controls)},
              {"apart", std::move(apart)},
              {"without", controls->without ? metric_to_json(*controls->without) : Json(nullptr)}};
}

Json problem_to_json(const ProblemView& problem) {
  return Json{{"id", problem.id},
              {"title", problem.title},
              {"kind", problem.kind},
              {"source", problem.source},
              {"points_max", problem.points_max},
              {"is_scoring", problem.is_scoring},
              {"testcase_count", problem.testcase_count},
              {"time_limit_ms", problem.time_limit_ms},
              {"memory_limit_bytes", problem.memory_limit_bytes},
              {"solve_rate", estimate_to_json(problem.solve_rate)},
              {"best_points", problem.best_points}};
}

Json attempt_to_json(const AttemptView& attempt, const TextEncoder& encode) {
  return Json{{"index", attempt.index},
              {"seed", std::to_string(attempt.seed)},
              {"state", attempt.state},
              {"verdict", verdict_to_json(attempt.verdict)},
              {"points", attempt.points},
              {"truncated", attempt.truncated},
              {"finish_reason", attempt.finish_reason},
              {"prompt_tokens", optional_to_json(attempt.prompt_tokens)},
              {"completion_tokens", optional_to_json(attempt.completion_tokens)},
              {"generation_ms", attempt.generation_ms},
              {"generation_fingerprint", attempt.generation_fingerprint},
              {"reply", encode(attempt.reply)},
              {"reasoning", attempt.reasoning ? encode(*attempt.reasoning) : Json(nullptr)},
              {"turns", turns_to_json(attempt.turns, encode)},
              {"extraction_rule",
               attempt.extraction_rule.empty() ? Json(nullptr) : Json(attempt.extraction_rule)},
              {"sources", sources_to_json(attempt.sources, encode)},
              {"judgement",
               attempt.judgement ? judgement_to_json(*attempt.judgement, encode) : Json(nullptr)},
              {"judgement_count", attempt.judgement_count},
              {"errors", errors_to_json(attempt.errors, encode)}};
}

Json prompt_to_json(const std::vector<MessageView>& prompt, const TextEncoder& encode) {
  Json messages = Json::array();
  for (const MessageView& message : prompt) {
    messages.push_back(Json{{"role", message.role}, {"content", encode(message.content)}});
  }
  return messages;
}

std::string to_json(const ReportModel& model) {
  const TextEncoder whole = [](std::string_view text) { return Json(std::string(text)); };
  Json problems = Json::array();
  for (const ProblemView& problem : model.problems) {
    Json attempts = Json::array();
    for (const AttemptView& attempt : problem.attempts) {
      Json json = attempt_to_json(attempt, whole);
      json["prompt"] = prompt_to_json(attempt.prompt, whole);
      json["tokens"] = attempt.logprobs ? runners::to_json(*attempt.logprobs) : Json(nullptr);
      attempts.push_back(std::move(json));
    }
    Json json = problem_to_json(problem);
    json["statement_format"] = problem.statement_format;
    json["statement"] = problem.statement;
    json["attempts"] = std::move(attempts);
    problems.push_back(std::move(json));
  }
  return to_json_text(Json{{"format", "evalctl-report"},
                           {"version", kFormatVersion},
                           {"generated", format_utc(model.generated_ms)},
                           {"run", run_to_json(model.run)},
                           {"score", score_to_json(model.score)},
                           {"controls", controls_to_json(model.controls)},
                           {"problems", std::move(problems)}});
}

}  // namespace eval::reports
