#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

// Proof grading on paper: the blinded form a person fills in, and the report of all marks. Both are one
// self-contained HTML file with the scoreboard's own renderer and its Content-Security-Policy.
namespace eval::reports {

struct RubricPart {
  std::string title;
  double points = 0;
  std::string description;
  friend bool operator==(const RubricPart&, const RubricPart&) = default;
};

// One proof of a form. Nothing in it tells whose proof it is.
struct GradeFormItem {
  std::string code;
  std::string problem;  // title
  std::string statement;
  std::string statement_format;  // "markdown", "latex", "text"
  std::string reference_solution = {};
  std::string guidelines = {};
  std::vector<RubricPart> parts = {};
  double points_max = 7;
  std::string proof = {};
  friend bool operator==(const GradeFormItem&, const GradeFormItem&) = default;
};

struct GradeForm {
  std::string name;    // the form's id; comes back in the file it saves
  std::string grader;  // who is asked
  std::string title;
  std::vector<GradeFormItem> items;  // in the order shown
  friend bool operator==(const GradeForm&, const GradeForm&) = default;
};

// The page saves, on a button, and warns before it is left with marks unsaved:
// {"format": "evalctl-marks-1", "form", "grader", "marks": [{"code", "points", "parts", "comment"}]}.
// Proofs without a mark are left out.
std::string to_grade_form(const GradeForm& form);

// --- the report

struct MarkView {
  std::string grader;
  bool by_people = false;
  std::optional<double> points;  // of points_max; nullopt: no mark
  std::string status;            // "marked", "refused", ...
  std::string comment;
  std::vector<std::pair<std::string, double>> parts;
  friend bool operator==(const MarkView&, const MarkView&) = default;
};

struct MarkedAttempt {
  std::string problem;  // title
  std::string problem_id;
  int attempt = 0;
  std::optional<double> points;  // that count; nullopt: none (JE, IE, not judged)
  double points_max = 7;
  bool by_people = false;
  std::string detail;  // how the mark came about
  std::vector<std::pair<std::string, double>> parts;
  std::vector<MarkView> marks;  // people first
  double disagreement = 0;      // greatest difference between two marks
  std::string proof = {};
  friend bool operator==(const MarkedAttempt&, const MarkedAttempt&) = default;
};

// A row of the table: one attempt at each problem, as one contestant's.
struct ContestantRow {
  std::string name;  // "attempt 0"
  std::vector<std::optional<double>> marks;
  double total = 0;
  std::string award;  // "gold", ..., "none", "unknown"; empty without a contest
  std::string note;   // "on the cutoff"
  friend bool operator==(const ContestantRow&, const ContestantRow&) = default;
};

struct GraderCardView {
  std::string grader;
  std::string set;
  int proofs = 0, without_mark = 0, canaries = 0, canaries_passed = 0;
  std::vector<std::pair<std::string, std::string>> figures;  // label, "0.93 [0.90, 0.96], n = 60"
  friend bool operator==(const GraderCardView&, const GraderCardView&) = default;
};

// What a card makes of a row.
struct TotalForecast {
  std::string row;
  double mean = 0;
  int low = 0, high = 0;                               // central 95 %
  std::vector<std::pair<std::string, double>> awards;  // "gold", probability; "no medal" last
  friend bool operator==(const TotalForecast&, const TotalForecast&) = default;
};

struct GradingReport {
  std::string run_id, suite, model, contest;
  std::vector<std::string> problems;  // column headings: "P1", ...
  double points_max = 0;
  std::vector<ContestantRow> rows;
  std::vector<TotalForecast> forecasts;
  std::vector<GraderCardView> cards;
  std::vector<std::string> warnings;    // flagged graders, missing cards, open disputes
  std::vector<MarkedAttempt> attempts;  // the greatest disagreement first
  friend bool operator==(const GradingReport&, const GradingReport&) = default;
};

std::string to_grading_text(const GradingReport& report);
std::string to_grading_html(const GradingReport& report);

}  // namespace eval::reports
