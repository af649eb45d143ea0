#include "evaluator/controls.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "evaluator/report_builder.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests
using judges::Verdict;

constexpr const char* kHere = "swe-bench-1; harness v5; parser p; environment prepared:aa; root";
constexpr const char* kOtherBox =
    "swe-bench-1; harness v5; parser p; environment prepared:aa; user";
constexpr const char* kElsewhere = "swe-bench-1; harness v5; parser p; environment oci:bb; root";

judges::Judgement judgement(Verdict verdict, const std::string& fingerprint = kHere) {
  judges::Judgement made;
  made.verdict = verdict;
  made.points = verdict == Verdict::AC ? 1 : 0;
  made.fingerprint = fingerprint;
  judges::TestResult test;
  test.testcase = "t.py::a";
  test.verdict = verdict == Verdict::AC ? Verdict::AC : Verdict::WA;
  made.tests = {test};
  return made;
}

// Runs over two problems: a model's, which has solved the first, and controls.
class ControlsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto store = Store::open(folder_.path() / "a.db", OpenMode::ReadWrite, clock_);
    ASSERT_TRUE(store) << describe(store.error());
    store_ = std::move(*store);
    add_run("model", "http:demo", {{judgement(Verdict::AC)}, {judgement(Verdict::WA)}});
  }

  // `judgements`: of each problem's one attempt.
  void add_run(const std::string& id, const std::string& model,
               const std::vector<std::vector<judges::Judgement>>& judgements,
               const std::string& content = "c0ffee") {
    RunManifest manifest = sample_manifest(id);
    manifest.model = model;
    manifest.contest.clear();
    std::vector<ProblemSnapshot> problems = sample_problems();
    for (ProblemSnapshot& problem : problems) {
      problem.is_scoring = false;
      problem.content_hash = content;
    }
    ASSERT_TRUE(store_->begin_run(manifest, problems, {{"ioi/alpha", 0, 1}, {"ioi/beta", 0, 2}}));
    const auto attempts = store_->attempts(id, false);
    ASSERT_TRUE(attempts);
    for (std::size_t i = 0; i < judgements.size(); ++i) {
      ASSERT_TRUE(
          store_->add_generation(attempts->at(i).id, 0, sample_prompt(), sample_generation()));
      for (const judges::Judgement& one : judgements[i]) {
        ASSERT_TRUE(store_->add_judgement(attempts->at(i).id, std::nullopt, one));
      }
    }
  }

  reports::ControlsModel controls() {
    const auto model = build_report(*store_, "model", clock_);
    EXPECT_TRUE(model) << describe(model.error());
    EXPECT_TRUE(model && model->controls);
    return model && model->controls ? *model->controls : reports::ControlsModel{};
  }

  FixedClock clock_;
  const TempDir folder_ = TempDir::create("controls-test").value();
  std::unique_ptr<Store> store_;
};

TEST_F(ControlsTest, AreSaidToBeMissing) {
  EXPECT_EQ(controls(), reports::ControlsModel{});
}

TEST_F(ControlsTest, SetApartAReferencePatchThatDoesNotResolve) {
  add_run("gold", "replay:gold", {{judgement(Verdict::AC)}, {judgement(Verdict::WA)}});
  const reports::ControlsModel found = controls();
  EXPECT_EQ(found.gold_count, 2);
  EXPECT_EQ(found.empty_count, 0);
  ASSERT_EQ(found.apart.size(), 1U);
  EXPECT_EQ(found.apart[0],
            (reports::ControlsModel::Apart{"ioi/beta", "the reference patch got WA", false}));
  ASSERT_TRUE(found.without);
  EXPECT_EQ(found.without->estimate.value, 1.0);
}

TEST_F(ControlsTest, SetApartWhatAPatchThatChangesNothingResolves) {
  add_run("empty", "replay:empty", {{judgement(Verdict::AC)}, {judgement(Verdict::WA)}});
  const reports::ControlsModel found = controls();
  ASSERT_EQ(found.apart.size(), 1U);
  EXPECT_EQ(found.apart[0].why, "a patch that changes nothing got AC");
  ASSERT_TRUE(found.without);
  EXPECT_EQ(found.without->estimate.value, 0.0);
}

TEST_F(ControlsTest, SetApartWhatIsFlakyThoughItEndedWell) {
  add_run("gold", "replay:gold",
          {{judgement(Verdict::AC)},
           {judgement(Verdict::AC), judgement(Verdict::WA, kOtherBox), judgement(Verdict::AC)}});
  const reports::ControlsModel found = controls();
  ASSERT_EQ(found.apart.size(), 1U);
  EXPECT_EQ(found.apart[0], (reports::ControlsModel::Apart{
                                "ioi/beta", "the reference patch got AC, WA, AC (t.py::a)", true}));
}

TEST_F(ControlsTest, CountOnlyInTheSameEnvironment) {
  add_run("gold", "replay:gold",
          {{judgement(Verdict::WA, kElsewhere)},
           {judgement(Verdict::WA, kElsewhere), judgement(Verdict::AC)}});
  const reports::ControlsModel found = controls();
  EXPECT_EQ(found.gold_count, 1);
  EXPECT_TRUE(found.apart.empty());
}

TEST_F(ControlsTest, CountOnlyForTheSameInstance) {
  add_run("gold", "replay:gold", {{judgement(Verdict::WA)}, {judgement(Verdict::WA)}}, "other");
  EXPECT_EQ(controls().gold_count, 0);
}

TEST_F(ControlsTest, DoNotSpeakOfRunsThatWereJudgedNowhere) {
  add_run("logs", "swe-logs:/logs",
          {{judgement(Verdict::AC, "swe-logs-1; harness v5; parser p; eval type pass_and_fail")}});
  EXPECT_EQ(build_report(*store_, "logs", clock_)->controls, std::nullopt);
}

}  // namespace
}  // namespace eval::evaluator
