#include "evaluator/people_marks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/files.h"
#include "evaluator/grading_report_builder.h"
#include "judges/proof/proof_judge.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using test::FixedClock;
using testing::HasSubstr;
using testing::Not;

HumanMarkRow mark(std::string grader, double points) {
  HumanMarkRow row;
  row.grader = std::move(grader);
  row.points = points;
  return row;
}

TEST(PeopleMarks, OneIsNotEnoughTwoNearOnesAreTheirMean) {
  EXPECT_EQ(settle({}, 7).state, PeopleState::None);
  EXPECT_EQ(settle({mark("a", 5)}, 7).state, PeopleState::Waiting);
  const PeopleVerdict two = settle({mark("a", 5), mark("b", 7)}, 7);
  EXPECT_EQ(two.state, PeopleState::Settled);
  EXPECT_EQ(two.points, 6);
}

TEST(PeopleMarks, TwoThatDifferByMoreThanTwoNeedAThird) {
  EXPECT_EQ(settle({mark("a", 4), mark("b", 7)}, 7).state, PeopleState::Disputed);
  const PeopleVerdict three = settle({mark("a", 4), mark("b", 7), mark("c", 6)}, 7);
  EXPECT_EQ(three.state, PeopleState::Settled);
  EXPECT_EQ(three.points, 6);
  // Of ten, three points are a little more than two of seven.
  EXPECT_EQ(settle({mark("a", 4), mark("b", 7)}, 10).state, PeopleState::Disputed);
  EXPECT_EQ(settle({mark("a", 5), mark("b", 7)}, 10).state, PeopleState::Settled);
}

TEST(PeopleMarks, ALaterMarkOfOnePersonReplacesTheEarlier) {
  const PeopleVerdict verdict = settle({mark("a", 0), mark("b", 7), mark("a", 6)}, 7);
  EXPECT_EQ(verdict.points, 6.5);
  EXPECT_EQ(verdict.marks.size(), 2U);
}

class PeopleForms : public testing::Test {
 protected:
  void SetUp() override {
    store_ = *Store::open(folder_.path() / "a.db", OpenMode::ReadWrite, clock_);
    RunManifest manifest;
    manifest.run_id = "imo";
    manifest.suite = "imo@1234";
    manifest.contest = "imo-2025";
    manifest.model = "http:secret-model";
    std::vector<ProblemSnapshot> problems;
    std::vector<Store::PlannedAttempt> plan;
    for (int i = 1; i <= 6; ++i) {
      ProblemSnapshot problem;
      problem.id = fmt::format("imo@1234/p{}", i);
      problem.title = fmt::format("Problem {}", i);
      problem.kind = "proof";
      problem.statement = "Prove it.";
      problem.statement_format = "markdown";
      problem.points_max = 7;
      problem.is_scoring = true;
      problem.proof = problems::ProofTask{.reference_solution = "So.",
                                          .scheme = {{"Idea", 4, ""}, {"End", 3, ""}}};
      manifest.problem_ids.push_back(problem.id);
      plan.push_back({problem.id, 0, 1});
      problems.push_back(std::move(problem));
    }
    ASSERT_TRUE(store_->begin_run(manifest, problems, plan));
    const std::vector<Attempt> attempts = *store_->attempts("imo", false);
    for (const Attempt& attempt : attempts) {
      runners::Generation generation;
      generation.text = "Proof of " + attempt.problem_id.substr(9);
      generation.model = "secret-model";
      ASSERT_TRUE(store_->add_generation(attempt.id, 0, {}, generation));
      const int points = attempt.problem_id.ends_with("6") ? 0 : 7;
      judges::Judgement judgement;
      judgement.points = points;
      judgement.verdict = judges::proof::verdict_of_mark(points);
      judgement.fingerprint = "proof judge 1; grader model | rubric-0-7-v1:median-3";
      judges::TestResult test;
      test.testcase = "grading 01 (model)";
      test.points = points;
      test.run_status = "marked";
      judgement.tests.push_back(test);
      ASSERT_TRUE(store_->add_judgement(
          attempt.id, ExtractedSubmission{judges::Proof{generation.text}, "whole-text"},
          judgement));
    }
  }

  // What the form would save if every proof got `points`.
  ImportOutcome fill(const std::string& grader, int points) {
    const auto form = make_grade_form(*store_, "imo", {.grader = grader});
    EXPECT_TRUE(form) << describe(form.error());
    Json marks = Json::array();
    for (const auto& item : form->items) {
      marks.push_back({{"code", item.code},
                       {"points", points},
                       {"parts", Json::array({Json::array({1, 3})})},
                       {"comment", "by " + grader}});
    }
    const Json saved = {{"format", "evalctl-marks-1"}, {"form", form->name}, {"marks", marks}};
    const auto outcome = import_marks(*store_, to_json_line(saved), "saved.json");
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return outcome.value_or(ImportOutcome{});
  }

  TempDir folder_ = *TempDir::create("people-marks-");
  FixedClock clock_;
  std::unique_ptr<Store> store_;
};

TEST_F(PeopleForms, AreBlindAndShuffled) {
  const auto form = make_grade_form(*store_, "", {.grader = "Ada", .seed = 1});
  ASSERT_TRUE(form);
  EXPECT_EQ(form->items.size(), 6U);
  const std::string page = reports::to_grade_form(*form);
  for (const char* word : {"secret-model", "imo@1234", "median-3"}) {
    EXPECT_THAT(page, Not(HasSubstr(word)));
  }
  std::vector<std::string> order;
  std::set<std::string> codes;
  for (const auto& item : form->items) {
    order.push_back(item.problem);
    codes.insert(item.code);
  }
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  EXPECT_EQ(codes.size(), 6U);
  EXPECT_EQ(form->items[0].parts.size(), 2U);
}

TEST_F(PeopleForms, MarksOfPeopleOutrankThoseOfTheModelAndBothStay) {
  EXPECT_EQ(fill("Ada", 4).waiting, 6);
  EXPECT_EQ(store_->attempts("imo", false)->front().points(), 7);
  const ImportOutcome second = fill("Bo", 5);
  EXPECT_EQ(second.settled, 6);
  const Attempt attempt = store_->attempts("imo", true)->front();
  EXPECT_EQ(attempt.points(), 4.5);
  EXPECT_EQ(attempt.verdict(), judges::Verdict::PC);
  EXPECT_EQ(attempt.judgements.size(), 2U);
  EXPECT_EQ(attempt.judgements.back().subtasks.front().points, 3);
  EXPECT_FALSE(make_grade_form(*store_, "imo", {.grader = "Cy"}));  // nothing is open
  EXPECT_TRUE(make_grade_form(*store_, "imo", {.grader = "Cy", .proofs = FormProofs::All}));
}

TEST_F(PeopleForms, WhatIsMalformedStoresNothing) {
  const auto form = *make_grade_form(*store_, "imo", {.grader = "Ada"});
  const auto import = [&](const std::string& marks, std::string_view format = "evalctl-marks-1") {
    return import_marks(
        *store_,
        fmt::format(R"({{"format": "{}", "form": "{}", "marks": {}}})", format, form.name, marks),
        "saved.json");
  };
  EXPECT_FALSE(import("[]", "other"));
  const auto two = import(fmt::format(
      R"([{{"code": "{}", "points": 8}}, {{"code": "none", "points": 1}}])", form.items[0].code));
  ASSERT_FALSE(two);
  EXPECT_THAT(describe(two.error()), HasSubstr("not from 0 to 7"));
  EXPECT_THAT(describe(two.error()), HasSubstr("\"none\""));
  EXPECT_FALSE(import(fmt::format(R"([{{"code": "{}"}}])", form.items[0].code)));
  EXPECT_TRUE(store_->human_marks("imo")->empty());
}

TEST_F(PeopleForms, TheReportHasTheTableTheAwardAndTheGreatestDisagreementFirst) {
  const auto before = *build_grading_report(*store_, "imo");
  ASSERT_EQ(before.rows.size(), 1U);
  EXPECT_EQ(before.rows[0].total, 35);
  EXPECT_EQ(before.rows[0].award, "gold");
  EXPECT_EQ(before.rows[0].note, "on the cutoff of 35");
  EXPECT_TRUE(before.forecasts.empty());
  EXPECT_THAT(before.warnings.front(), HasSubstr("has no card"));
  fill("Ada", 6);
  const auto after = *build_grading_report(*store_, "imo");
  EXPECT_EQ(after.attempts[0].problem, "Problem 6");  // 0 from the model, 6 from Ada
  EXPECT_EQ(after.attempts[0].disagreement, 6);
  EXPECT_TRUE(after.attempts[0].marks[0].by_people);
  const std::string text = reports::to_grading_text(after);
  EXPECT_THAT(text,
              HasSubstr("     7      7      7      7      7      0      35  gold, on the cutoff"));
  EXPECT_THAT(text, HasSubstr("Ada: by Ada"));
}

TEST_F(PeopleForms, WithACardTheReportSaysHowProbableGoldIs) {
  std::vector<MarkPair> pairs;
  for (int i = 0; i < 40; ++i) pairs.push_back({std::to_string(i), i % 4 == 0 ? 6.0 : 7.0, 7});
  for (int i = 0; i < 40; ++i) pairs.push_back({std::to_string(40 + i), 0, 0});
  GraderCard card = calibrate(pairs, 1);
  card.grader = "model | rubric-0-7-v1:median-3";
  card.set = "set@1";
  ASSERT_TRUE(store_->add_card({card.grader, card.set, "1", to_json_line(to_json(card)), 1}));
  const auto report = *build_grading_report(*store_, "imo");
  ASSERT_EQ(report.forecasts.size(), 1U);
  const auto& awards = report.forecasts[0].awards;
  ASSERT_EQ(awards[0].first, "gold");
  // Five marks of 7, each a 6 in truth with about a quarter: gold if all are 7, and P6 is nothing.
  EXPECT_NEAR(awards[0].second, 0.25, 0.08);
  EXPECT_GT(awards[1].second, 0.6);
  EXPECT_LE(report.forecasts[0].high, 36);
  EXPECT_EQ(report.cards.size(), 1U);
}

TEST(GradingPage, WhatPeopleAndModelsWroteIsInert) {
  reports::GradeForm form;
  form.name = "f";
  form.title = "<b>title</b>";
  form.items.push_back({.code = "c",
                        .problem = "P",
                        .statement = "S",
                        .statement_format = "markdown",
                        .proof = "</script><script>alert(1)</script><!-- \xE2\x80\xA8"});
  const std::string page = reports::to_grade_form(form);
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<b>title")));
  EXPECT_THAT(page, HasSubstr("\\u003c/script\\u003e"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'; script-src 'sha256-"));
}

}  // namespace
}  // namespace eval::evaluator
