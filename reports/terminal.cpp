#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "reports/figures.h"
#include "reports/reports.h"
#include "reports/text_width.h"

namespace eval::reports {
namespace {

using judges::Verdict;

constexpr std::size_t kWidthMin = 40;  // narrower cannot hold a name and one verdict
constexpr std::size_t kNameMin = 12;
constexpr std::size_t kNameMax = 36;
constexpr std::size_t kCodeCell = 5;  // "TLE~" and a space
constexpr std::size_t kLabelWidth = 10;

// One letter per verdict, for rows too long for codes. Lower case marks a truncated reply.
char letter_of(const std::optional<Verdict>& verdict) {
  if (!verdict) return '.';
  switch (*verdict) {
    case Verdict::AC:
      return 'A';
    case Verdict::PC:
      return 'P';
    case Verdict::WA:
      return 'W';
    case Verdict::TLE:
      return 'T';
    case Verdict::MLE:
      return 'M';
    case Verdict::OLE:
      return 'O';
    case Verdict::RE:
      return 'R';
    case Verdict::CE:
      return 'C';
    case Verdict::NA:
      return 'N';
    case Verdict::JE:
      return 'J';
    case Verdict::IE:
      return 'I';
  }
  return '?';
}

// The 16 basic colours, which every terminal theme keeps readable.
std::string_view colour_of(const std::optional<Verdict>& verdict) {
  if (!verdict) return "\x1b[90m";
  switch (*verdict) {
    case Verdict::AC:
      return "\x1b[32m";
    case Verdict::PC:
      return "\x1b[33m";
    case Verdict::WA:
      return "\x1b[31m";
    case Verdict::TLE:
    case Verdict::MLE:
    case Verdict::OLE:
      return "\x1b[36m";
    case Verdict::RE:
    case Verdict::CE:
      return "\x1b[35m";
    case Verdict::NA:
      return "\x1b[90m";
    case Verdict::JE:
    case Verdict::IE:
      return "\x1b[1;33m";
  }
  return "";
}

class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string paint(std::string_view code, std::string_view text) const {
    if (!colour_ || code.empty()) return std::string(text);
    return fmt::format("{}{}\x1b[0m", code, text);
  }
  std::string bold(std::string_view text) const { return paint("\x1b[1m", text); }
  std::string dim(std::string_view text) const { return paint("\x1b[2m", text); }
  std::string verdict(const std::optional<Verdict>& verdict, std::string_view text) const {
    return paint(colour_of(verdict), text);
  }

 private:
  bool colour_;
};

std::string label(std::string_view text) {
  return fit(text, kLabelWidth);
}

std::string trim_right(const std::string& line) {
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string header(const ReportModel& model, std::size_t width, const Painter& painter) {
  const RunView& run = model.run;
  const std::string suite = printable(run.suite_title.empty() ? run.suite : run.suite_title);
  std::string text = painter.bold(suite) + "  " + printable(run.model) + "\n";
  std::vector<std::string> facts = {"run " + run.id, "strategy " + run.strategy,
                                    fmt::format("seed {}", run.seed)};
  if (run.profile != "default") facts.push_back("profile " + run.profile);
  if (run.time_factor != 1) facts.push_back(fmt::format("time limits x {:g}", run.time_factor));
  const std::string sampling = format_sampling(run);
  if (!sampling.empty()) facts.push_back(sampling);
  if (!run.isolation.empty()) facts.push_back("isolation " + join(run.isolation, ", "));
  if (!run.sandboxes.empty()) facts.push_back(format_selftest(run.sandboxes.back()));
  if (!run.repro_checks.empty()) facts.push_back(format_repro(run.repro_checks.back()));
  text += painter.dim(wrap(printable(join(facts, ", ")), width)) + "\n";
  if (!run.complete) {
    const std::string note =
        fmt::format("This run is not complete: {} of {} attempts have no verdict.",
                    model.score.attempts_unjudged, model.score.attempts_planned);
    text += painter.paint("\x1b[1;33m", wrap(note, width)) + "\n";
  }
  return text;
}

// `note` in the columns from `indent` to `width`.
std::string wrap_beside(std::string_view note, std::size_t width, std::size_t indent) {
  return replace_all(wrap(note, width - indent), "\n", "\n" + std::string(indent, ' '));
}

std::string metric_lines(const ScoreModel& score, std::size_t width, const Painter& painter) {
  std::size_t name_width = kLabelWidth;
  std::size_t value_width = 0;
  for (const Metric& metric : score.metrics) {
    name_width = std::max(name_width, display_width(printable(metric.name)) + 2);
    value_width = std::max(value_width, display_width(format_value(metric)));
  }
  std::string text;
  for (std::size_t i = 0; i < score.metrics.size(); ++i) {
    const Metric& metric = score.metrics[i];
    const std::string name = fit(printable(metric.name), name_width);
    const std::string value = align_right(format_value(metric), value_width);
    text += i == 0 ? painter.bold(name + value) : name + value;
    std::vector<std::string> notes;
    const std::string interval = format_interval(metric);
    if (!interval.empty()) notes.push_back("95 % " + interval);
    notes.push_back(fmt::format("n = {}", metric.estimate.n));
    const std::string bounds = format_bounds(metric);
    if (!bounds.empty()) notes.push_back("bounds " + bounds);
    const std::size_t indent = name_width + value_width + 2;
    const std::string note = printable(join(notes, ", ") + "; " + metric.label);
    const bool beside = width > indent + 30;
    text += beside ? "  " + wrap_beside(note, width, indent) : "\n  " + wrap_beside(note, width, 2);
    text += "\n";
  }
  return text;
}

std::string verdict_line(const ScoreModel& score, std::size_t width, const Painter& painter) {
  std::string text = label("verdicts");
  std::size_t used = kLabelWidth;
  const auto add = [&](const std::optional<Verdict>& verdict, const std::string& words) {
    if (used + words.size() + 2 > width && used > kLabelWidth) {
      text += "\n" + std::string(kLabelWidth, ' ');
      used = kLabelWidth;
    }
    text += painter.verdict(verdict, words) + "  ";
    used += words.size() + 2;
  };
  for (const auto& [verdict, count] : score.verdict_counts) {
    if (count > 0) add(verdict, fmt::format("{} {}", judges::verdict_name(verdict), count));
  }
  if (score.attempts_unjudged > 0) {
    add(std::nullopt, fmt::format("not judged {}", score.attempts_unjudged));
  }
  add(std::nullopt, fmt::format("of {} attempts", score.attempts_planned));
  if (score.attempts_truncated > 0) {
    add(std::nullopt, fmt::format("(truncated {})", score.attempts_truncated));
  }
  if (score.attempts_near_limit > 0) {
    add(std::nullopt, fmt::format("(near a limit {})", score.attempts_near_limit));
  }
  return trim_right(replace_all(std::move(text), "  \n", "\n")) + "\n";
}

std::string medal_lines(const MedalOutcome& medal, std::size_t width, const Painter& painter) {
  const std::string headline = printable(medal.contest + ", " + medal_headline(medal));
  std::string text =
      label("medal") + painter.bold(wrap_beside(headline, width, kLabelWidth)) + "\n";
  const std::string lead(kLabelWidth, ' ');
  for (const MedalCutoff& cutoff : medal.cutoffs) {
    const std::string value = cutoff.cutoff ? format_number(*cutoff.cutoff) : "unknown";
    text += lead + fit(printable(cutoff.medal), 8) + align_right(value, 8) + "  " +
            fit(format_distance(cutoff), 18) + printable(cutoff.confidence) + "\n";
  }
  const std::string rank = format_rank(medal);
  if (!rank.empty()) text += lead + "possible " + rank + "\n";
  if (!medal.explanation.empty()) {
    const std::string why = printable(medal.explanation);
    text += lead + wrap_beside(why, width, kLabelWidth) + "\n";
  }
  return text;
}

std::string controls_lines(const ControlsModel& controls, std::size_t width) {
  std::string text =
      label("controls") + wrap_beside(format_controls(controls), width, kLabelWidth) + "\n";
  const std::string lead(kLabelWidth, ' ');
  for (const ControlsModel::Apart& one : controls.apart) {
    const std::string line = one.problem + (one.is_flaky ? ", flaky: " : ": ") + one.why;
    text += lead + wrap_beside(printable(line), width, kLabelWidth) + "\n";
  }
  if (controls.without) {
    const Metric& metric = *controls.without;
    const std::string interval = format_interval(metric);
    const std::string line = fmt::format(
        "{} {} of the instances that are left, {}n = {}", metric.name, format_value(metric),
        interval.empty() ? "" : "95 % " + interval + ", ", metric.estimate.n);
    text += label("without") + wrap_beside(line, width, kLabelWidth) + "\n";
  }
  return text;
}

enum class CellStyle { Codes, Letters, Counts };

std::string cells(const ProblemView& problem, CellStyle style, const Painter& painter) {
  std::string text;
  if (style == CellStyle::Counts) {
    std::map<std::string, int> counts;
    for (const AttemptView& attempt : problem.attempts) ++counts[verdict_code(attempt.verdict)];
    for (const auto& [code, count] : counts) {
      text +=
          painter.verdict(judges::verdict_from_name(code), fmt::format("{}x{}", code, count)) + " ";
    }
    return text;
  }
  for (const AttemptView& attempt : problem.attempts) {
    if (style == CellStyle::Letters) {
      const char letter = letter_of(attempt.verdict);
      const bool lower = attempt.truncated && attempt.verdict;
      const char shown = lower ? static_cast<char>(letter - 'A' + 'a') : letter;
      text += painter.verdict(attempt.verdict, std::string_view(&shown, 1));
    } else {
      const std::string code = verdict_code(attempt.verdict) + (attempt.truncated ? "~" : "");
      text += painter.verdict(attempt.verdict, code);
      text += std::string(kCodeCell - code.size(), ' ');
    }
  }
  return text;
}

struct GridLayout {
  std::size_t name = kNameMin;
  std::size_t solved = 6;
  std::size_t points = 0;  // 0: no problem scores
  CellStyle style = CellStyle::Codes;
};

std::string points_text(const ProblemView& problem) {
  if (!problem.is_scoring) return "-";
  return format_number(problem.best_points) + "/" + format_number(problem.points_max);
}

std::string name_of(const ProblemView& problem) {
  return printable(problem.title.empty() ? problem.id : problem.title);
}

std::string solved_text(const ProblemView& problem) {
  return fmt::format("{}/{}", accepted_count(problem), problem.attempts.size());
}

GridLayout lay_out(const ReportModel& model, std::size_t width) {
  GridLayout layout;
  std::size_t attempts = 0;
  for (const ProblemView& problem : model.problems) {
    layout.name = std::max(layout.name, std::min(display_width(name_of(problem)), kNameMax));
    layout.solved = std::max(layout.solved, solved_text(problem).size());
    if (problem.is_scoring) {
      layout.points = std::max({layout.points, std::size_t{6}, points_text(problem).size()});
    }
    attempts = std::max(attempts, problem.attempts.size());
  }
  const std::size_t fixed = 2 + layout.solved + (layout.points > 0 ? 2 + layout.points : 0) + 2;
  // The attempts matter more than the end of a long name.
  const auto fits = [&](std::size_t cells_width) {
    if (fixed + kNameMin + cells_width > width) return false;
    layout.name = std::min(layout.name, width - fixed - cells_width);
    return true;
  };
  if (fits(attempts * kCodeCell)) return layout;
  layout.style = CellStyle::Letters;
  if (fits(attempts)) return layout;
  layout.style = CellStyle::Counts;
  layout.name = std::max(kNameMin, std::min(layout.name, width / 3));
  return layout;
}

std::string letters_legend(const ScoreModel& score) {
  std::string text = "letters: ";
  for (const auto& [verdict, count] : score.verdict_counts) {
    if (count == 0) continue;
    text += fmt::format("{} {}, ", letter_of(verdict), judges::verdict_name(verdict));
  }
  return text + ". not judged; lower case: truncated";
}

std::string codes_legend(const ScoreModel& score) {
  std::vector<std::string> parts;
  for (const auto& [verdict, count] : score.verdict_counts) {
    if (count == 0) continue;
    parts.push_back(
        fmt::format("{} {}", judges::verdict_name(verdict), judges::verdict_description(verdict)));
  }
  if (score.attempts_unjudged > 0) parts.push_back("-- not judged");
  if (score.attempts_truncated > 0) parts.push_back("~ reply truncated");
  return join(parts, ", ");
}

std::string grid(const ReportModel& model, std::size_t width, const Painter& painter) {
  const GridLayout layout = lay_out(model, width);
  std::string head = fit("problem", layout.name) + "  " + align_right("solved", layout.solved);
  if (layout.points > 0) head += "  " + align_right("points", layout.points);
  std::string text = painter.dim(head + "  attempts") + "\n";
  for (const ProblemView& problem : model.problems) {
    std::string line = fit(name_of(problem), layout.name) + "  " +
                       align_right(solved_text(problem), layout.solved);
    if (layout.points > 0) line += "  " + align_right(points_text(problem), layout.points);
    text += trim_right(line + "  " + cells(problem, layout.style, painter)) + "\n";
  }
  const std::string legend =
      layout.style == CellStyle::Letters ? letters_legend(model.score) : codes_legend(model.score);
  if (!legend.empty()) text += painter.dim(wrap(legend, width)) + "\n";
  return text;
}

}  // namespace

std::string to_terminal(const ReportModel& model, const TerminalOptions& options) {
  const std::size_t width =
      std::max(static_cast<std::size_t>(std::max(options.width, 0)), kWidthMin);
  const Painter painter(options.colour);
  std::string text = header(model, width, painter) + "\n";
  text += metric_lines(model.score, width, painter);
  const std::string training = format_training(model);
  if (!training.empty()) {
    text += label("trained") + wrap_beside(training, width, kLabelWidth) + "\n";
  }
  text += label("solved") + fmt::format("{} of {} problems by at least one attempt\n",
                                        model.score.problems_solved, model.score.problems_total);
  if (!model.score.counting_rule.empty()) {
    text += label("counted") +
            wrap_beside(printable(model.score.counting_rule), width, kLabelWidth) + "\n";
  }
  text += verdict_line(model.score, width, painter);
  if (model.score.medal) text += medal_lines(*model.score.medal, width, painter);
  if (model.controls) text += controls_lines(*model.controls, width);
  return text + "\n" + grid(model, width, painter);
}

}  // namespace eval::reports
