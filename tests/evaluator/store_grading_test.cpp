#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "evaluator/store/store.h"
#include "judges/proof/proof_judge.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests
using testing::HasSubstr;

HumanMarkRow mark_of(std::string code, double points) {
  HumanMarkRow mark;
  mark.code = std::move(code);
  mark.points = points;
  return mark;
}

class StoreGrading : public testing::Test {
 protected:
  void SetUp() override {
    store_ = *Store::open(folder_.path() / "a.db", OpenMode::ReadWrite, clock_);
    std::vector<ProblemSnapshot> problems = sample_problems();
    problems[0].kind = "proof";
    problems[0].proof = problems::ProofTask{.reference_solution = "S",
                                            .grading_guidelines = "G",
                                            .short_answer = "12",
                                            .scheme = {{"Idea", 4, "why"}, {"End", 3, ""}},
                                            .category = "Algebra",
                                            .level = "IMO-easy",
                                            .year = 2025};
    problems_ = problems;
    ASSERT_TRUE(store_->begin_run(sample_manifest(), problems, sample_plan()));
  }
  std::int64_t attempt_id(int index) {
    return store_->attempt("ioi-demo-1", "ioi/alpha", index)->id;
  }
  TempDir folder_ = *TempDir::create("store-grading-");
  FixedClock clock_;
  std::unique_ptr<Store> store_;
  std::vector<ProblemSnapshot> problems_;
};

TEST_F(StoreGrading, KeepsRubricsWithTheProblem) {
  EXPECT_EQ(*store_->problems("ioi-demo-1"), problems_);
}

TEST_F(StoreGrading, TheLatestCardOfAGraderCounts) {
  EXPECT_EQ(*store_->latest_card("g"), std::nullopt);
  const CardRow first{"g", "set@1", "1", "{}", 1};
  const CardRow second{"g", "set@2", "2", "{}", 2};
  ASSERT_TRUE(store_->add_card(first));
  ASSERT_TRUE(store_->add_card(second));
  ASSERT_TRUE(store_->add_card({"other", "set@1", "1", "{}", 3}));
  EXPECT_EQ(**store_->latest_card("g"), second);
  EXPECT_EQ(store_->cards()->size(), 3U);
}

TEST_F(StoreGrading, FormsAndMarksComeBackWithTheirAttempts) {
  const GradeFormRow form{"f1", "ioi-demo-1", "Ada", {{"x", attempt_id(1)}, {"y", attempt_id(0)}}};
  ASSERT_TRUE(store_->add_form(form));
  EXPECT_EQ(*store_->find_form("f1"), form);
  EXPECT_FALSE(store_->add_form(form));  // a form's name is its own
  HumanMarkRow mark = mark_of("x", 5);
  mark.parts = {{1, 4}, {2, 1}};
  mark.comment = "good";
  ASSERT_TRUE(store_->add_human_marks("f1", {mark}));
  const auto marks = *store_->human_marks("ioi-demo-1");
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks[0].attempt_id, attempt_id(1));
  EXPECT_EQ(marks[0].grader, "Ada");
  EXPECT_EQ(marks[0].points, 5);
  EXPECT_EQ(marks[0].parts, (std::vector<std::pair<int, double>>{{1, 4}, {2, 1}}));
}

TEST_F(StoreGrading, AMarkForAnUnknownProofStoresNone) {
  ASSERT_TRUE(store_->add_form({"f1", "ioi-demo-1", "Ada", {{"x", attempt_id(1)}}}));
  const auto added = store_->add_human_marks("f1", {mark_of("x", 5), mark_of("z", 0)});
  ASSERT_FALSE(added);
  EXPECT_THAT(added.error().what, HasSubstr("\"z\""));
  EXPECT_TRUE(store_->human_marks("ioi-demo-1")->empty());
  EXPECT_EQ(store_->find_form("f2").error().code, ErrorCode::NotFound);
}

TEST_F(StoreGrading, JudgementsOfPeopleOutrankThoseOfModels) {
  const std::int64_t id = attempt_id(0);
  judges::Judgement people;
  people.verdict = judges::Verdict::PC;
  people.points = 3;
  people.fingerprint = std::string(judges::proof::kPeopleFingerprint) + "2 graders";
  judges::Judgement model;
  model.verdict = judges::Verdict::AC;
  model.points = 7;
  model.fingerprint = "proof judge 1; grader x";
  ASSERT_TRUE(store_->add_judgement(id, std::nullopt, model));
  ASSERT_TRUE(store_->add_judgement(id, std::nullopt, people));
  ASSERT_TRUE(store_->add_judgement(id, std::nullopt, model));
  const Attempt attempt = *store_->attempt("ioi-demo-1", "ioi/alpha", 0);
  EXPECT_EQ(attempt.judgements.size(), 3U);  // all stay
  EXPECT_EQ(attempt.verdict(), judges::Verdict::PC);
  EXPECT_EQ(attempt.points(), 3);
}

}  // namespace
}  // namespace eval::evaluator
