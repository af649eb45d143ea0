#include "reports/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "base/text.h"

namespace eval::reports {
namespace {

bool is_rate(const Metric& metric) {
  return metric.maximum == 1;
}

std::string range(const Metric& metric, double low, double high) {
  return fmt::format("{} to {}", format_on_scale(metric, low), format_on_scale(metric, high));
}

// A checker's message can be pages long; a sentence is what fits a table.
constexpr std::size_t kMessageBytes = 200;

std::string first_line(std::string_view text) {
  const auto lines = split_lines(trim(text));
  return lines.empty() ? "" : shorten(lines.front(), kMessageBytes);
}

std::string explain_test(const judges::TestResult& test) {
  std::string why =
      fmt::format("{} on testcase {}", judges::verdict_description(test.verdict), test.testcase);
  if (test.signal != 0) why += fmt::format(", signal {}", test.signal);
  if (test.signal == 0 && test.exit_code != 0) why += fmt::format(", exit code {}", test.exit_code);
  const std::string message = first_line(test.checker_message);
  return message.empty() ? why : why + ": " + message;
}

}  // namespace

std::string format_number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string format_on_scale(const Metric& metric, double value) {
  return is_rate(metric) ? fmt::format("{:.1f} %", value * 100) : format_number(value);
}

std::string format_value(const Metric& metric) {
  const std::string value = format_on_scale(metric, metric.estimate.value);
  return is_rate(metric) ? value : fmt::format("{} of {}", value, format_number(metric.maximum));
}

std::string format_interval(const Metric& metric) {
  const Estimate& estimate = metric.estimate;
  if (estimate.n == 0) return "";
  // Of points an estimate knows tenths at most.
  if (is_rate(metric)) return range(metric, estimate.low, estimate.high);
  return fmt::format("{:.1f} to {:.1f}", estimate.low, estimate.high);
}

std::string format_bounds(const Metric& metric) {
  if (metric.lower_bound == metric.upper_bound) return "";
  return range(metric, metric.lower_bound, metric.upper_bound);
}

std::string format_distance(const MedalCutoff& cutoff) {
  if (!cutoff.distance) return "–";
  const double distance = *cutoff.distance;
  if (distance == 0) return "reached exactly";
  return fmt::format("{} {}", format_number(std::abs(distance)), distance > 0 ? "above" : "short");
}

std::string medal_headline(const MedalOutcome& medal) {
  std::string text = fmt::format("{}: {} of {}", medal.medal == "none" ? "no medal" : medal.medal,
                                 format_number(medal.score), format_number(medal.score_max));
  // The nearest cutoff above is what a reader asks for next.
  const MedalCutoff* next = nullptr;
  for (const MedalCutoff& cutoff : medal.cutoffs) {
    const bool missed = cutoff.distance && *cutoff.distance < 0;
    if (missed && (next == nullptr || *cutoff.distance > *next->distance)) next = &cutoff;
  }
  if (next != nullptr) {
    text += fmt::format(", {} short of {}", format_number(-*next->distance), next->medal);
  }
  return text;
}

std::string format_rank(const MedalOutcome& medal) {
  std::vector<std::string> parts;
  if (medal.rank_best && medal.rank_worst) {
    parts.push_back(*medal.rank_best == *medal.rank_worst
                        ? fmt::format("rank {}", *medal.rank_best)
                        : fmt::format("rank {} to {}", *medal.rank_best, *medal.rank_worst));
  }
  if (medal.penalty) {
    parts.push_back(fmt::format("penalty {} minutes", format_number(*medal.penalty)));
  }
  return join(parts, ", ");
}

std::string verdict_code(const std::optional<judges::Verdict>& verdict) {
  return verdict ? std::string(judges::verdict_name(*verdict)) : "--";
}

std::string format_sampling(const RunView& run) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : run.sampling) parts.push_back(name + " " + value);
  return join(parts, ", ");
}

std::string format_training(const ReportModel& model) {
  const RunView& run = model.run;
  if (run.training_cutoff.empty()) return "";
  std::string text = fmt::format("up to {}, as declared", run.training_cutoff);
  if (run.training_cutoff != run.training_cutoff_of_run) {
    text += " for this report";
    if (!run.training_cutoff_of_run.empty()) {
      text += fmt::format(" (for the run: {})", run.training_cutoff_of_run);
    }
  }
  std::vector<std::string> parts;
  for (const BreakdownRow& row : model.score.breakdown) {
    const auto first = row.pass_at.find(1);
    if (row.dimension != "cutoff" || first == row.pass_at.end()) continue;
    const Metric metric{"pass@1", "", 1, first->second, 0, 0};
    parts.push_back(fmt::format("{} {} (95 % {}, n = {})",
                                row.value.starts_with("before") ? "before it" : "from it on",
                                format_value(metric), format_interval(metric), first->second.n));
  }
  return parts.empty() ? text : text + "; pass@1 of problems " + join(parts, ", ");
}

std::string format_selftest(const SandboxView& sandbox) {
  if (!sandbox.selftest) return "selftest not run on this machine with this version";
  const SandboxView::Selftest& test = *sandbox.selftest;
  std::string text = fmt::format("selftest: {} of {} attacks held", test.held,
                                 test.held + test.not_held + test.skipped);
  if (test.skipped > 0) text += fmt::format(", {} not tried", test.skipped);
  if (test.not_held > 0) text += fmt::format(", not held: {}", join(test.failed, ", "));
  return text + fmt::format(" (evalctl {}, {})", test.evalctl_version, format_utc(test.made_ms));
}

std::string format_repro(const ReproView& check) {
  return fmt::format("{} of {} replays gave the same tokens ({:g} % of {} completions; {}; {})",
                     check.equal, check.replayed, 100 * check.share, check.stored,
                     join(check.ways, "; "), format_utc(check.made_ms));
}

std::string format_controls(const ControlsModel& controls) {
  if (controls.gold_count == 0 && controls.empty_count == 0) {
    return "none was run in these environments; `evalctl run --gold --empty` does";
  }
  const std::size_t count = controls.apart.size();
  const std::string apart = count == 0   ? "no instance is set apart"
                            : count == 1 ? "1 instance is set apart"
                                         : fmt::format("{} instances are set apart", count);
  return fmt::format("{} (tried: {} reference patches, {} patches that change nothing)", apart,
                     controls.gold_count, controls.empty_count);
}

int accepted_count(const ProblemView& problem) {
  return static_cast<int>(std::count_if(
      problem.attempts.begin(), problem.attempts.end(),
      [](const AttemptView& attempt) { return attempt.verdict == judges::Verdict::AC; }));
}

const judges::TestResult* first_failure(const judges::Judgement& judgement) {
  const auto found = std::find_if(
      judgement.tests.begin(), judgement.tests.end(),
      [](const judges::TestResult& test) { return test.verdict != judges::Verdict::AC; });
  return found == judgement.tests.end() ? nullptr : &*found;
}

std::string explain(const AttemptView& attempt) {
  using judges::Verdict;
  if (attempt.verdict == Verdict::AC) return "";
  const bool ours = attempt.verdict == Verdict::IE || !attempt.verdict;
  if (ours && !attempt.errors.empty()) return attempt.errors.back().what;
  if (!attempt.verdict) return "not judged: " + attempt.state;
  if (attempt.verdict == Verdict::NA) {
    return attempt.truncated ? "the reply was cut off before any code" : "the reply has no code";
  }
  if (!attempt.judgement) return std::string(judges::verdict_description(*attempt.verdict));
  const judges::Judgement& judgement = *attempt.judgement;
  if (!judgement.detail.empty()) return judgement.detail;
  if (attempt.verdict == Verdict::CE) {
    const std::string line = first_line(judgement.compile_log);
    return line.empty() ? "compile error" : "compile error: " + line;
  }
  const judges::TestResult* failure = first_failure(judgement);
  return failure != nullptr ? explain_test(*failure)
                            : std::string(judges::verdict_description(*attempt.verdict));
}

}  // namespace eval::reports
