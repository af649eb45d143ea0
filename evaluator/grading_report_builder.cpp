#include "evaluator/grading_report_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "evaluator/medals.h"
#include "judges/proof/proof_judge.h"

namespace eval::evaluator {
namespace {

using judges::proof::kMarkMax;
using reports::GradingReport;
using reports::MarkedAttempt;

// Sums of marks are exact in halves and thirds only up to rounding.
constexpr double kTolerance = 1e-6;

bool has_mark(const Attempt& attempt) {
  const auto verdict = attempt.verdict();
  return verdict && *verdict != judges::Verdict::IE && *verdict != judges::Verdict::JE;
}

bool is_by_people(const Attempt& attempt) {
  return !attempt.judgements.empty() && judges::proof::is_by_people(attempt.judgements.back());
}

// "grading 03, second round (http:x)" -> "http:x, second round"
std::string grader_of(const judges::TestResult& test) {
  const std::string& name = test.testcase;
  const std::size_t open = name.find('(');
  if (open == std::string::npos) return name;
  std::string grader = name.substr(open + 1, name.rfind(')') - open - 1);
  if (name.find("second round") < open) grader += ", second round";
  return grader;
}

std::vector<std::pair<std::string, double>> parts_of(const judges::Judgement& judgement) {
  std::vector<std::pair<std::string, double>> parts;
  for (std::size_t i = 0; i + 1 < judgement.subtasks.size(); ++i) {  // the last one is the whole
    parts.emplace_back(judgement.subtasks[i].subtask, judgement.subtasks[i].points);
  }
  return parts;
}

// All marks of an attempt: of people first, then those of the latest judgement by models.
void add_marks(const Attempt& attempt, const std::vector<HumanMarkRow>& people,
               MarkedAttempt& view) {
  for (const HumanMarkRow& mark : people) {
    reports::MarkView shown{mark.grader, true, mark.points, "marked", mark.comment, {}};
    for (const auto& [number, points] : mark.parts) {
      shown.parts.emplace_back(fmt::format("part {}", number), points);
    }
    view.marks.push_back(std::move(shown));
  }
  const auto model = std::ranges::find_if(
      attempt.judgements.rbegin(), attempt.judgements.rend(),
      [](const judges::Judgement& judgement) { return !judges::proof::is_by_people(judgement); });
  if (model == attempt.judgements.rend()) return;
  for (const judges::TestResult& test : model->tests) {
    const bool is_canary = judges::proof::is_passed_canary(test);
    if (!judges::proof::is_grading(test) && !is_canary) continue;
    std::optional<double> points = test.points;
    if (points && !is_canary) *points *= view.points_max / kMarkMax;
    view.marks.push_back({is_canary ? test.testcase : grader_of(test),
                          false,
                          is_canary ? std::nullopt : points,
                          is_canary ? "canary passed" : test.run_status,
                          test.checker_message,
                          {}});
  }
}

double disagreement_of(const MarkedAttempt& view) {
  std::optional<double> low, high;
  for (const reports::MarkView& mark : view.marks) {
    if (!mark.points) continue;
    low = std::min(low.value_or(*mark.points), *mark.points);
    high = std::max(high.value_or(*mark.points), *mark.points);
  }
  return low ? *high - *low : 0;
}

MarkedAttempt attempt_view(const Attempt& attempt, const ProblemSnapshot& problem,
                           const std::vector<HumanMarkRow>& people) {
  MarkedAttempt view;
  view.problem = problem.title;
  view.problem_id = problem.id;
  view.attempt = attempt.index;
  view.points_max = problem.points_max;
  if (has_mark(attempt)) view.points = attempt.points();
  view.by_people = is_by_people(attempt);
  if (!attempt.judgements.empty()) {
    view.detail = attempt.judgements.back().detail;
    view.parts = parts_of(attempt.judgements.back());
  } else {
    view.detail = attempt.state == AttemptState::Failed ? "failed on our side (IE)" : "not judged";
  }
  if (attempt.submission) {
    const auto* proof = std::get_if<judges::Proof>(&attempt.submission->submission);
    if (proof != nullptr) view.proof = proof->text;
  }
  add_marks(attempt, people, view);
  view.disagreement = disagreement_of(view);
  return view;
}

std::string number_text(double value) {
  std::string text = fmt::format("{:.3f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// A contestant: attempt `index` at every problem.
reports::ContestantRow row_of(int index, const std::vector<ProblemSnapshot>& problems,
                              const std::vector<Attempt>& attempts, const std::string& contest) {
  reports::ContestantRow row;
  row.name = fmt::format("attempt {}", index);
  for (const ProblemSnapshot& problem : problems) {
    std::optional<double> mark;
    for (const Attempt& attempt : attempts) {
      const bool is_it = attempt.problem_id == problem.id && attempt.index == index;
      if (is_it && has_mark(attempt)) mark = attempt.points();
    }
    row.total += mark.value_or(0);
    row.marks.push_back(mark);
  }
  if (contest.empty()) return row;
  const auto outcome =
      medal_outcome(contest, {.score = row.total, .problems = static_cast<int>(problems.size())});
  row.award = outcome ? outcome->medal : "unknown";
  if (!outcome) return row;
  for (const reports::MedalCutoff& cutoff : outcome->cutoffs) {
    if (cutoff.medal != row.award || !cutoff.distance) continue;
    row.note = std::abs(*cutoff.distance) < kTolerance
                   ? fmt::format("on the cutoff of {}", number_text(*cutoff.cutoff))
                   : fmt::format("{} above the cutoff", number_text(*cutoff.distance));
  }
  return row;
}

// Marks of one row as the card sees them, in problem order. nullopt for a problem of other full marks,
// which the scale of the card does not fit.
std::optional<std::vector<KnownMark>> known_marks(const std::vector<ProblemSnapshot>& problems,
                                                  const std::vector<Attempt>& attempts, int index) {
  std::vector<KnownMark> marks;
  for (const ProblemSnapshot& problem : problems) {
    if (problem.points_max != kMarkMax) return std::nullopt;
    KnownMark known;
    for (const Attempt& attempt : attempts) {
      const bool is_it = attempt.problem_id == problem.id && attempt.index == index;
      if (!is_it || !has_mark(attempt)) continue;
      known = {attempt.points(), is_by_people(attempt)};
    }
    marks.push_back(known);
  }
  return marks;
}

reports::TotalForecast forecast_of(const std::string& name, const MarkTable& table,
                                   const std::vector<KnownMark>& marks,
                                   const std::string& contest) {
  const TotalDistribution total = total_distribution(table, marks);
  reports::TotalForecast forecast{name, total.mean, total.low, total.high, {}};
  if (contest.empty()) return forecast;
  const auto outcome =
      medal_outcome(contest, {.score = total.mean, .problems = static_cast<int>(marks.size())});
  if (!outcome) return forecast;
  double above = 0;  // a cutoff is for all above it; a better award takes its share away
  for (const reports::MedalCutoff& cutoff : outcome->cutoffs) {
    if (!cutoff.cutoff) return forecast;  // the awards below it are not known either
    const double reached = total.at_least(*cutoff.cutoff);
    forecast.awards.emplace_back(cutoff.medal, std::max(0.0, reached - above));
    above = reached;
  }
  forecast.awards.emplace_back("no medal", std::max(0.0, 1 - above));
  return forecast;
}

// Graders whose marks count in the run, people aside.
std::set<std::string> graders_of(const std::vector<Attempt>& attempts) {
  std::set<std::string> graders;
  for (const Attempt& attempt : attempts) {
    if (attempt.judgements.empty()) continue;
    const std::string grader = judges::proof::grader_key_of(attempt.judgements.back());
    if (!grader.empty()) graders.insert(grader);
  }
  return graders;
}

Result<std::map<std::string, GraderCard>> cards_of(Store& store,
                                                   const std::set<std::string>& graders) {
  std::map<std::string, GraderCard> cards;
  for (const std::string& grader : graders) {
    const auto row = EVAL_TRY(store.latest_card(grader));
    if (!row) continue;
    const Json json = EVAL_TRY(parse_json(row->card_json, "grader card"));
    cards[grader] = EVAL_TRY(card_from_json(json));
  }
  return cards;
}

// The one card by which a total can be read; nullptr if marks of several graders are mixed, or the
// grader has none. Without any grader every mark is of people, and an empty card does.
const GraderCard* card_to_use(const std::set<std::string>& graders,
                              const std::map<std::string, GraderCard>& cards) {
  static const GraderCard kNone;
  if (graders.empty()) return &kNone;
  if (graders.size() > 1) return nullptr;
  const auto card = cards.find(*graders.begin());
  return card == cards.end() ? nullptr : &card->second;
}

std::vector<ProblemSnapshot> proofs_only(std::vector<ProblemSnapshot> problems) {
  std::erase_if(problems, [](const ProblemSnapshot& problem) {
    return problem.kind != "proof" || (problem.proof && problem.proof->is_answer_only);
  });
  return problems;
}

void add_warnings(const std::vector<Attempt>& attempts, const std::set<std::string>& graders,
                  const std::map<std::string, GraderCard>& cards, GradingReport& report) {
  for (const std::string& grader : graders) {
    const auto card = cards.find(grader);
    if (card == cards.end()) {
      report.warnings.push_back(fmt::format(
          "grader \"{}\" has no card: how far its marks are from people's is not known; run "
          "`evalctl calibrate`",
          grader));
    } else if (card->second.canaries_passed > 0) {
      report.warnings.push_back(fmt::format(
          "grader \"{}\" passed {} of {} canaries when it was calibrated: do not trust it alone",
          grader, card->second.canaries_passed, card->second.canaries));
    }
  }
  int passed = 0;
  int without_mark = 0;
  for (const Attempt& attempt : attempts) {
    without_mark += attempt.verdict() == judges::Verdict::JE ? 1 : 0;
    if (attempt.judgements.empty()) continue;
    const auto& tests = attempt.judgements.back().tests;
    passed += std::ranges::any_of(tests, judges::proof::is_passed_canary) ? 1 : 0;
  }
  if (passed > 0) {
    report.warnings.push_back(
        fmt::format("a grader gave 6 or more to the canary of {} {}: do not trust it alone", passed,
                    passed == 1 ? "attempt" : "attempts"));
  }
  if (without_mark > 0) {
    report.warnings.push_back(
        fmt::format("{} {} no mark (JE): the graders refused, were cut off or could not be read; "
                    "such proofs count as 0 in the total and as open in the forecast",
                    without_mark, without_mark == 1 ? "proof has" : "proofs have"));
  }
}

}  // namespace

reports::GraderCardView card_view(const GraderCard& card) {
  reports::GraderCardView view{
      card.grader,          card.set, card.proofs, card.without_mark, card.canaries,
      card.canaries_passed, {}};
  for (const CardFigure& figure : card.figures) {
    const auto& e = figure.estimate;
    view.figures.emplace_back(figure.label, e ? fmt::format("{:.3f} [{:.3f}, {:.3f}], n = {}",
                                                            e->value, e->low, e->high, e->n)
                                              : "not defined");
  }
  return view;
}

Result<GradingReport> build_grading_report(Store& store, const std::string& run_id) {
  const RunSummary run = EVAL_TRY(store.find_run(run_id));
  const RunManifest& manifest = run.manifest;
  const auto problems = proofs_only(EVAL_TRY(store.problems(manifest.run_id)));
  if (problems.empty()) {
    return fail(ErrorCode::NotFound, fmt::format("run \"{}\" has no proofs", manifest.run_id), {},
                "`evalctl report` is for programs and answers");
  }
  std::vector<Attempt> attempts = EVAL_TRY(store.attempts(manifest.run_id, true));
  std::map<std::int64_t, std::vector<HumanMarkRow>> people;
  for (HumanMarkRow& mark : EVAL_TRY(store.human_marks(manifest.run_id))) {
    people[mark.attempt_id].push_back(std::move(mark));
  }
  GradingReport report;
  report.run_id = manifest.run_id;
  report.suite = manifest.suite_title.empty() ? manifest.suite : manifest.suite_title;
  report.model = manifest.model;
  report.contest = manifest.contest;
  const std::set<std::string> graders = graders_of(attempts);
  const auto cards = EVAL_TRY(cards_of(store, graders));
  for (std::size_t i = 0; i < problems.size(); ++i) {
    report.problems.push_back(fmt::format("P{}", i + 1));
    report.points_max += problems[i].points_max;
    for (const Attempt& attempt : attempts) {
      if (attempt.problem_id != problems[i].id) continue;
      report.attempts.push_back(attempt_view(attempt, problems[i], people[attempt.id]));
    }
  }
  std::ranges::stable_sort(report.attempts, std::greater<>(), &MarkedAttempt::disagreement);
  const GraderCard* card = card_to_use(graders, cards);
  for (int index = 0; index < manifest.attempts_per_problem; ++index) {
    report.rows.push_back(row_of(index, problems, attempts, manifest.contest));
    const auto marks = known_marks(problems, attempts, index);
    if (card == nullptr || !marks) continue;
    report.forecasts.push_back(
        forecast_of(report.rows.back().name, card->table, *marks, manifest.contest));
  }
  for (const auto& [grader, value] : cards) report.cards.push_back(card_view(value));
  add_warnings(attempts, graders, cards, report);
  return report;
}

Result<std::optional<std::string>> forecast_sentence(Store& store, const std::string& contest,
                                                     const std::vector<ProblemSnapshot>& all,
                                                     const std::vector<Attempt>& attempts) {
  const std::set<std::string> graders = graders_of(attempts);
  const bool several =
      std::ranges::any_of(attempts, [](const Attempt& attempt) { return attempt.index > 0; });
  if (graders.empty() || several || contest.empty()) return std::optional<std::string>();
  const auto cards = EVAL_TRY(cards_of(store, graders));
  const GraderCard* card = card_to_use(graders, cards);
  if (card == nullptr) {
    return std::optional<std::string>(
        " The grader has no card, so how sure this is cannot be said.");
  }
  const std::vector<ProblemSnapshot> problems = proofs_only(all);
  const auto marks = known_marks(problems, attempts, 0);
  if (!marks) return std::optional<std::string>();
  const reports::TotalForecast forecast = forecast_of("", card->table, *marks, contest);
  std::vector<std::string> chances;
  for (const auto& [award, p] : forecast.awards) {
    chances.push_back(fmt::format("{} {:.0f} %", award, 100 * p));
  }
  return std::optional<std::string>(fmt::format(
      " By the grader's card ({} proofs of {}) people would give {} to {} points (95 %){}{}.",
      card->proofs, card->set, forecast.low, forecast.high, chances.empty() ? "" : ": ",
      join(chances, ", ")));
}

}  // namespace eval::evaluator
