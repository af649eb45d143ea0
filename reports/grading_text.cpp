#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "reports/grading_page.h"

namespace eval::reports {
namespace {

// A comment on the terminal is for orientation; the page has all of it.
constexpr std::size_t kCommentBytes = 400;

std::string number(double value) {
  std::string text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string mark_text(const std::optional<double>& mark) {
  return mark ? number(*mark) : "-";
}

// One line, control characters gone: a grader's words must not steer a terminal.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : shorten(to_valid_utf8(text), kCommentBytes)) {
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    line += is_control ? ' ' : c;
  }
  return line;
}

std::string table_text(const GradingReport& report) {
  std::size_t name_width = 8;
  for (const ContestantRow& row : report.rows) name_width = std::max(name_width, row.name.size());
  std::string text = fmt::format("{:<{}}", "", name_width);
  for (const std::string& problem : report.problems) text += fmt::format("  {:>5}", problem);
  text += fmt::format("  {:>6}  AWARD\n", "TOTAL");
  for (const ContestantRow& row : report.rows) {
    text += fmt::format("{:<{}}", row.name, name_width);
    for (std::size_t i = 0; i < row.marks.size(); ++i) {
      const std::size_t width = std::max<std::size_t>(5, report.problems[i].size());
      text += fmt::format("  {:>{}}", mark_text(row.marks[i]), width);
    }
    text += fmt::format("  {:>6}  {}{}{}\n", number(row.total), row.award,
                        row.award.empty() || row.note.empty() ? "" : ", ", row.note);
  }
  return text;
}

std::string forecast_text(const TotalForecast& forecast) {
  std::vector<std::string> awards;
  for (const auto& [name, p] : forecast.awards)
    awards.push_back(fmt::format("{} {:.0f} %", name, 100 * p));
  return fmt::format("{}: total {} to {} (95 %), mean {:.1f}{}{}\n", forecast.row, forecast.low,
                     forecast.high, forecast.mean, awards.empty() ? "" : "; ", join(awards, ", "));
}

std::string card_text(const GraderCardView& card) {
  std::string text = fmt::format(
      "{}\n  on {} proofs of {}; {} without a mark; canaries passed: {} of {}\n", card.grader,
      card.proofs, card.set, card.without_mark, card.canaries_passed, card.canaries);
  for (const auto& [label, value] : card.figures)
    text += fmt::format("  {:<44} {}\n", label, value);
  return text;
}

std::string attempt_text(const MarkedAttempt& attempt) {
  std::string text = fmt::format("{}, attempt {}: {} of {}{}\n", attempt.problem, attempt.attempt,
                                 mark_text(attempt.points), number(attempt.points_max),
                                 attempt.by_people ? ", by people" : "");
  if (!attempt.detail.empty()) text += fmt::format("  {}\n", one_line(attempt.detail));
  for (const auto& [part, points] : attempt.parts) {
    text += fmt::format("  {}: {}\n", one_line(part), number(points));
  }
  for (const MarkView& mark : attempt.marks) {
    text += fmt::format("  {:>4}  {}: {}\n", mark.points ? number(*mark.points) : mark.status,
                        mark.grader, one_line(mark.comment));
  }
  return text;
}

}  // namespace

std::string to_grading_text(const GradingReport& report) {
  std::string text =
      fmt::format("{} · {} · run {}\n", report.contest.empty() ? report.suite : report.contest,
                  report.model, report.run_id);
  for (const std::string& warning : report.warnings) text += fmt::format("! {}\n", warning);
  text += "\n" + table_text(report);
  if (!report.forecasts.empty()) text += "\nWHAT PEOPLE WOULD GIVE, BY THE GRADER'S CARD\n";
  for (const TotalForecast& forecast : report.forecasts) text += forecast_text(forecast);
  for (const GraderCardView& card : report.cards) text += "\nCARD OF " + card_text(card);
  text += "\nPROOFS, THE GREATEST DISAGREEMENT FIRST\n";
  for (const MarkedAttempt& attempt : report.attempts) text += attempt_text(attempt);
  return text;
}

}  // namespace eval::reports
