#include "reports/grading_page.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.h"
#include "base/embedded.h"
#include "base/json.h"
#include "reports/html_parts.h"

// As in html.cpp: texts of models and people are in a JSON block that a browser never executes, the
// scripts put them on the page as text nodes, and the policy allows our scripts by hash and no network.

EVAL_EMBEDDED(eval_grading_template)
EVAL_EMBEDDED(eval_grading_style)
EVAL_EMBEDDED(eval_grading_script)
EVAL_EMBEDDED(eval_html_style)
EVAL_EMBEDDED(eval_html_dom)
EVAL_EMBEDDED(eval_html_math)
EVAL_EMBEDDED(eval_html_markdown)
EVAL_EMBEDDED(eval_html_latex)
EVAL_EMBEDDED(eval_katex)
EVAL_EMBEDDED(eval_highlight)

namespace eval::reports {
namespace {

// Libraries first: the page is drawn whole at once, formulas and all.
std::array<std::string_view, 7> scripts() {
  return {eval_katex(),         eval_highlight(),  eval_html_dom(),      eval_html_math(),
          eval_html_markdown(), eval_html_latex(), eval_grading_script()};
}

std::string style() {
  return std::string(eval_html_style()) + "\n" + std::string(eval_grading_style());
}

std::string policy() {
  std::string hashes;
  for (const std::string_view script : scripts()) hashes += " " + source_hash(script);
  return fmt::format(
      "default-src 'none'; script-src{}; style-src {}; img-src data:; connect-src 'none'; "
      "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types "
      "'none'",
      hashes, source_hash(style()));
}

std::string page(const std::string& title, const Json& data) {
  return fill_page(eval_grading_template(), [&](std::string_view slot) -> std::string {
    if (slot == "policy") return policy();
    if (slot == "title") return escape_html(title);
    if (slot == "style") return style();
    if (slot == "data") {
      return fmt::format("<script type=\"application/json\" id=\"data-grading\">{}</script>",
                         embed_json(data));
    }
    EVAL_CHECK(slot == "scripts");
    std::string text;
    for (const std::string_view script : scripts()) {
      text += fmt::format("<script>{}</script>\n", script);
    }
    return text;
  });
}

Json or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json item_json(const GradeFormItem& item) {
  Json parts = Json::array();
  for (const RubricPart& part : item.parts) {
    parts.push_back(
        {{"title", part.title}, {"points", part.points}, {"description", part.description}});
  }
  return Json{{"code", item.code},
              {"problem", item.problem},
              {"statement", item.statement},
              {"statement_format", item.statement_format},
              {"reference_solution", item.reference_solution},
              {"guidelines", item.guidelines},
              {"parts", std::move(parts)},
              {"points_max", item.points_max},
              {"proof", item.proof}};
}

Json attempt_json(const MarkedAttempt& attempt) {
  Json marks = Json::array();
  for (const MarkView& mark : attempt.marks) {
    marks.push_back({{"grader", mark.grader},
                     {"by_people", mark.by_people},
                     {"points", or_null(mark.points)},
                     {"status", mark.status},
                     {"comment", mark.comment},
                     {"parts", mark.parts}});
  }
  return Json{{"problem", attempt.problem},
              {"attempt", attempt.attempt},
              {"points", or_null(attempt.points)},
              {"points_max", attempt.points_max},
              {"by_people", attempt.by_people},
              {"detail", attempt.detail},
              {"parts", attempt.parts},
              {"marks", std::move(marks)},
              {"proof", attempt.proof}};
}

Json row_json(const ContestantRow& row) {
  Json marks = Json::array();
  for (const auto& mark : row.marks) marks.push_back(or_null(mark));
  return Json{{"name", row.name},
              {"marks", std::move(marks)},
              {"total", row.total},
              {"award", row.award},
              {"note", row.note}};
}

Json card_json(const GraderCardView& card) {
  return Json{{"grader", card.grader},     {"set", card.set},
              {"proofs", card.proofs},     {"without_mark", card.without_mark},
              {"canaries", card.canaries}, {"canaries_passed", card.canaries_passed},
              {"figures", card.figures}};
}

template <class T, class ToJson>
Json list(const std::vector<T>& values, ToJson to_json) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(to_json(value));
  return json;
}

}  // namespace

std::string to_grade_form(const GradeForm& form) {
  return page(form.title, Json{{"kind", "form"},
                               {"form", form.name},
                               {"grader", form.grader},
                               {"title", form.title},
                               {"items", list(form.items, item_json)}});
}

std::string to_grading_html(const GradingReport& report) {
  const auto forecast_json = [](const TotalForecast& forecast) {
    return Json{{"row", forecast.row},
                {"mean", forecast.mean},
                {"low", forecast.low},
                {"high", forecast.high},
                {"awards", forecast.awards}};
  };
  return page(fmt::format("{} · {} · evalctl", report.suite, report.model),
              Json{{"kind", "report"},
                   {"run_id", report.run_id},
                   {"suite", report.suite},
                   {"model", report.model},
                   {"contest", report.contest},
                   {"problems", report.problems},
                   {"rows", list(report.rows, row_json)},
                   {"forecasts", list(report.forecasts, forecast_json)},
                   {"cards", list(report.cards, card_json)},
                   {"warnings", report.warnings},
                   {"attempts", list(report.attempts, attempt_json)}});
}

}  // namespace eval::reports
