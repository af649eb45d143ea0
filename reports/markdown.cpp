#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/clock.h"
#include "base/text.h"
#include "reports/figures.h"
#include "reports/reports.h"
#include "reports/text_width.h"

namespace eval::reports {
namespace {

// `raw` as text that GitHub shows as it is: no markup, HTML, table cell, mention or issue link.
std::string escape(std::string_view raw) {
  std::string text;
  for (const char c : printable(raw)) {
    switch (c) {
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '&':
        text += "&amp;";
        break;
      // Entities, since a backslash does not keep GitHub from linking @name and #1.
      case '@':
        text += "&#64;";
        break;
      case '#':
        text += "&#35;";
        break;
      case '$':
        text += "&#36;";
        break;
      case '|':
      case '`':
      case '*':
      case '_':
      case '~':
      case '[':
      case ']':
      case '\\':
        text += '\\';
        text += c;
        break;
      default:
        text += c;
    }
  }
  // Bare addresses become links too; a colon entity breaks them without changing what is read.
  return replace_all(replace_all(std::move(text), "://", "&#58;//"), "www.", "www&#46;");
}

std::string metrics_table(const ScoreModel& score) {
  std::string text =
      "| Metric | Value | 95 % interval | n | If unresolved were wrong / right | What it is |\n"
      "|:--|--:|:-:|--:|:-:|:--|\n";
  for (const Metric& metric : score.metrics) {
    const std::string interval = format_interval(metric);
    const std::string bounds = format_bounds(metric);
    text += fmt::format("| **{}** | {} | {} | {} | {} | {} |\n", escape(metric.name),
                        format_value(metric), interval.empty() ? "–" : interval, metric.estimate.n,
                        bounds.empty() ? "–" : bounds, escape(metric.label));
  }
  return text + "\n";
}

std::string medal_section(const MedalOutcome& medal) {
  std::string text = fmt::format("### {}: {}\n\n{}\n\n", escape(medal.contest),
                                 escape(medal_headline(medal)), escape(medal.explanation));
  const std::string rank = format_rank(medal);
  if (!rank.empty()) text += fmt::format("Possible {}.\n\n", rank);
  if (!medal.cutoffs.empty()) {
    text += "| Medal | Cutoff | Distance | Confidence | Source |\n|:--|--:|--:|:--|:--|\n";
    for (const MedalCutoff& cutoff : medal.cutoffs) {
      text +=
          fmt::format("| {} | {} | {} | {} | {} |\n", escape(cutoff.medal),
                      cutoff.cutoff ? format_number(*cutoff.cutoff) : "unknown",
                      format_distance(cutoff), escape(cutoff.confidence), escape(cutoff.source));
    }
    text += "\n";
  }
  for (const std::string& line : medal.reported) text += fmt::format("- {}\n", escape(line));
  return medal.reported.empty() ? text : text + "\n";
}

std::string verdict_section(const ScoreModel& score) {
  std::string text = "| Verdict | Attempts | Meaning |\n|:--|--:|:--|\n";
  for (const auto& [verdict, count] : score.verdict_counts) {
    if (count == 0) continue;
    text += fmt::format("| {} | {} | {} |\n", judges::verdict_name(verdict), count,
                        judges::verdict_description(verdict));
  }
  if (score.attempts_unjudged > 0) {
    text += fmt::format("| -- | {} | not judged |\n", score.attempts_unjudged);
  }
  text += fmt::format("| **all** | {} | planned |\n\n", score.attempts_planned);
  if (score.attempts_truncated > 0) {
    text += fmt::format("{} truncated by the token limit, marked `~` below.\n\n",
                        score.attempts_truncated == 1
                            ? "1 reply was"
                            : fmt::format("{} replies were", score.attempts_truncated));
  }
  if (!score.counting_rule.empty()) {
    text += fmt::format("Counted: {}.\n\n", escape(score.counting_rule));
  }
  if (score.attempts_near_limit > 0) {
    text += fmt::format("{} near a time or memory limit.\n\n",
                        score.attempts_near_limit == 1
                            ? "1 attempt is"
                            : fmt::format("{} attempts are", score.attempts_near_limit));
  }
  return text;
}

std::string controls_section(const ControlsModel& controls) {
  std::string text =
      fmt::format("### Controls\n\nControls: {}.\n\n", escape(format_controls(controls)));
  for (const ControlsModel::Apart& one : controls.apart) {
    text += fmt::format("- {}{}: {}\n", escape(one.problem), one.is_flaky ? " (flaky)" : "",
                        escape(one.why));
  }
  if (!controls.apart.empty()) text += "\n";
  if (!controls.without) return text;
  const Metric& metric = *controls.without;
  return text + fmt::format("Without these: {} **{}** (n = {}).\n\n", escape(metric.name),
                            format_value(metric), metric.estimate.n);
}

std::string problems_table(const ReportModel& model) {
  std::string text = "| Problem | Solved | Points | Attempts |\n|:--|--:|--:|:--|\n";
  for (const ProblemView& problem : model.problems) {
    std::string cells;
    for (const AttemptView& attempt : problem.attempts) {
      if (!cells.empty()) cells += ' ';
      const std::string code = verdict_code(attempt.verdict) + (attempt.truncated ? "~" : "");
      cells += attempt.verdict == judges::Verdict::AC ? "**" + code + "**" : code;
    }
    const std::string points = problem.is_scoring
                                   ? fmt::format("{} of {}", format_number(problem.best_points),
                                                 format_number(problem.points_max))
                                   : "–";
    const std::string& name = problem.title.empty() ? problem.id : problem.title;
    text += fmt::format("| {} | {}/{} | {} | {} |\n", escape(name), accepted_count(problem),
                        problem.attempts.size(), points, cells);
  }
  return text + "\n";
}

std::string facts(const ReportModel& model) {
  const RunView& run = model.run;
  const std::string sampling = format_sampling(run);
  const std::string repro =
      run.repro_checks.empty() ? "" : " · " + escape(format_repro(run.repro_checks.back()));
  return fmt::format(
      "<sub>Run {} · {} · strategy {} · seed {} · {} · extraction {} · isolation {} · {}{} · {} · "
      "{} "
      "· "
      "made {}</sub>\n",
      escape(run.id), escape(run.runner), escape(run.strategy), run.seed,
      escape(sampling.empty() ? "default sampling" : sampling), escape(run.extraction_rule),
      escape(run.isolation.empty() ? "unknown" : join(run.isolation, ", ")),
      escape(run.sandboxes.empty() ? "selftest unknown" : format_selftest(run.sandboxes.back())),
      repro, escape(run.evalctl_version), escape(run.host), format_utc(model.generated_ms));
}

}  // namespace

std::string to_markdown(const ReportModel& model) {
  const RunView& run = model.run;
  const std::string& suite = run.suite_title.empty() ? run.suite : run.suite_title;
  std::string text = fmt::format("## {}: {}\n\n", escape(suite), escape(run.model));
  text += fmt::format("{} of {} problems solved by at least one attempt.{}\n\n",
                      model.score.problems_solved, model.score.problems_total,
                      run.complete ? "" : " **This run is not complete.**");
  text += metrics_table(model.score);
  const std::string training = format_training(model);
  if (!training.empty()) text += fmt::format("Trained {}.\n\n", escape(training));
  if (model.score.medal) text += medal_section(*model.score.medal);
  if (model.controls) text += controls_section(*model.controls);
  text += "### Verdicts\n\n" + verdict_section(model.score);
  text += "### Problems\n\n" + problems_table(model);
  return text + facts(model);
}

}  // namespace eval::reports
