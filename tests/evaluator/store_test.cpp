#include "evaluator/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("store-test");
    ASSERT_TRUE(folder.has_value());
    folder_.emplace(std::move(*folder));
    reopen();
  }

  void reopen() {
    store_.reset();
    auto store = Store::open(folder_->path() / "a.db", OpenMode::ReadWrite, clock_);
    ASSERT_TRUE(store.has_value()) << describe(store.error());
    store_ = std::move(*store);
  }

  void begin() {
    const auto begun = store_->begin_run(sample_manifest(), sample_problems(), sample_plan());
    ASSERT_TRUE(begun.has_value()) << describe(begun.error());
  }

  Attempt attempt(const std::string& problem, int index) {
    auto found = store_->attempt("ioi-demo-1", problem, index);
    EXPECT_TRUE(found.has_value()) << describe(found.error());
    return found.value_or(Attempt{});
  }

  FixedClock clock_;
  std::optional<TempDir> folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(StoreTest, ReturnsTheManifestOfARunInEveryField) {
  begin();
  reopen();
  const auto run = store_->find_run("ioi-demo-1");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->manifest, sample_manifest());
  EXPECT_EQ(run->attempts_planned, 4);
}

TEST_F(StoreTest, ReturnsTheProblemsOfARunInPlanOrderAndInEveryField) {
  begin();
  reopen();
  const auto problems = store_->problems("ioi-demo-1");
  ASSERT_TRUE(problems.has_value());
  EXPECT_EQ(*problems, sample_problems());
}

TEST_F(StoreTest, PlansAttemptsInOrderWithAll64BitsOfTheirSeeds) {
  begin();
  const auto attempts = store_->attempts("ioi-demo-1", true);
  ASSERT_TRUE(attempts.has_value());
  ASSERT_EQ(attempts->size(), 4u);
  EXPECT_EQ(attempts->at(0).problem_id, "ioi/alpha");
  EXPECT_EQ(attempts->at(0).seed, 0x8000'0000'0000'0001U);
  EXPECT_EQ(attempts->at(3).problem_id, "ioi/beta");
  EXPECT_EQ(attempts->at(3).index, 1);
  EXPECT_EQ(attempts->at(3).state, AttemptState::Planned);
}

TEST_F(StoreTest, ReturnsAnAttemptWithAllThatHappenedInIt) {
  begin();
  Attempt expected = attempt("ioi/beta", 1);
  expected.state = AttemptState::Judged;
  expected.prompt = sample_prompt();
  expected.generations = {sample_generation()};
  expected.submission = sample_submission();
  expected.judgements = {sample_judgement(judges::Verdict::WA), sample_judgement()};
  expected.errors = {sample_error()};
  ASSERT_TRUE(store_->add_generation(expected.id, 0, sample_prompt(), sample_generation()));
  ASSERT_TRUE(store_->add_error(expected.id, sample_error()));
  ASSERT_TRUE(store_->add_judgement(expected.id, std::nullopt, expected.judgements[0]));
  ASSERT_TRUE(store_->add_judgement(expected.id, sample_submission(), expected.judgements[1]));
  reopen();
  EXPECT_EQ(attempt("ioi/beta", 1), expected);
  EXPECT_EQ(store_->attempts("ioi-demo-1", true)->at(3), expected);
}

TEST_F(StoreTest, ReturnsEmptyAndAbsentValuesAsTheyWere) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  const runners::Generation generation;
  ASSERT_TRUE(store_->add_generation(id, 0, {}, generation));
  ASSERT_TRUE(store_->add_judgement(id, std::nullopt, judges::Judgement{}));
  const Attempt found = attempt("ioi/alpha", 0);
  EXPECT_EQ(found.prompt, runners::Prompt{});
  EXPECT_EQ(found.generations, std::vector{generation});
  EXPECT_EQ(found.judgements, std::vector{judges::Judgement{}});
  EXPECT_FALSE(found.submission.has_value());
}

TEST_F(StoreTest, ReturnsPatchesProofsAnswersAndOutputs) {
  begin();
  const std::vector<ExtractedSubmission> submissions = {
      {judges::Patch{"--- a\n+++ b\n"}, "verbatim"},
      {judges::Proof{"Let n be even."}, "verbatim"},
      {judges::Answer{"42"}, "boxed"},
      {judges::OutputFiles{{{"01", "1 2 3\n"}, {"02", std::string("\0\xFF", 2)}}}, "verbatim"}};
  for (const ExtractedSubmission& submission : submissions) {
    const std::int64_t id = attempt("ioi/alpha", 1).id;
    ASSERT_TRUE(store_->add_judgement(id, submission, judges::Judgement{}));
    EXPECT_EQ(attempt("ioi/alpha", 1).submission, submission);
  }
}

TEST_F(StoreTest, KeepsEveryTurnAndShowsThePromptOfTheLast) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  runners::Generation second = sample_generation();
  second.text = "second";
  const runners::Prompt second_prompt{{{runners::Role::User, "again"}}};
  ASSERT_TRUE(store_->add_generation(id, 0, sample_prompt(), sample_generation()));
  ASSERT_TRUE(store_->add_generation(id, 1, second_prompt, second));
  const Attempt found = attempt("ioi/alpha", 0);
  EXPECT_EQ(found.generations, (std::vector{sample_generation(), second}));
  EXPECT_EQ(found.prompt, second_prompt);
}

TEST_F(StoreTest, LeavesTextsOutWhenAskedTo) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  ASSERT_TRUE(store_->add_generation(id, 0, sample_prompt(), sample_generation()));
  ASSERT_TRUE(store_->add_judgement(id, sample_submission(), sample_judgement()));
  const Attempt found = store_->attempts("ioi-demo-1", false)->at(0);
  EXPECT_FALSE(found.prompt.has_value());
  EXPECT_EQ(found.generations.at(0).text, "");
  EXPECT_EQ(found.generations.at(0).completion_tokens, 222);
  EXPECT_TRUE(found.truncated());
  EXPECT_EQ(std::get<judges::SourceProgram>(found.submission->submission).files.at(0).content, "");
  EXPECT_EQ(found.judgements.at(0).tests.at(1).verdict, judges::Verdict::TLE);
  EXPECT_EQ(found.judgements.at(0).tests.at(1).checker_message, "");
  EXPECT_EQ(found.judgements.at(0).subtasks, sample_judgement().subtasks);
}

TEST_F(StoreTest, RefusesASecondGenerationForOneTurn) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  ASSERT_TRUE(store_->add_generation(id, 0, sample_prompt(), sample_generation()));
  const auto again = store_->add_generation(id, 0, sample_prompt(), sample_generation());
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().what, HasSubstr("turn 0 already"));
  EXPECT_EQ(attempt("ioi/alpha", 0).generations.size(), 1u);
}

TEST_F(StoreTest, MovesTheStateWithWhatHappens) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  ASSERT_TRUE(store_->add_error(id, sample_error()));
  EXPECT_EQ(attempt("ioi/alpha", 0).state, AttemptState::Failed);
  ASSERT_TRUE(store_->add_generation(id, 0, sample_prompt(), sample_generation()));
  EXPECT_EQ(attempt("ioi/alpha", 0).state, AttemptState::Generated);
  ASSERT_TRUE(store_->add_judgement(id, sample_submission(), sample_judgement()));
  EXPECT_EQ(attempt("ioi/alpha", 0).state, AttemptState::Judged);
}

TEST_F(StoreTest, LeavesAJudgedAttemptJudgedWhenJudgingAgainFails) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  ASSERT_TRUE(store_->add_judgement(id, sample_submission(), sample_judgement()));
  ASSERT_TRUE(store_->add_error(id, sample_error()));
  EXPECT_EQ(attempt("ioi/alpha", 0).state, AttemptState::Judged);
  EXPECT_EQ(attempt("ioi/alpha", 0).errors.size(), 1u);
}

TEST_F(StoreTest, CountsAttemptsByHowFarTheyCame) {
  begin();
  const auto attempts = store_->attempts("ioi-demo-1", false);
  ASSERT_TRUE(store_->add_generation(attempts->at(0).id, 0, {}, {}));
  ASSERT_TRUE(store_->add_generation(attempts->at(1).id, 0, {}, {}));
  ASSERT_TRUE(store_->add_judgement(attempts->at(1).id, std::nullopt, {}));
  ASSERT_TRUE(store_->add_generation(attempts->at(2).id, 0, {}, {}));
  ASSERT_TRUE(store_->add_error(attempts->at(2).id, sample_error()));
  const auto run = store_->find_run("");
  ASSERT_TRUE(run.has_value());
  EXPECT_EQ(run->attempts_planned, 4);
  EXPECT_EQ(run->attempts_generated, 3);
  EXPECT_EQ(run->attempts_judged, 1);
  EXPECT_EQ(run->attempts_failed, 1);
}

TEST_F(StoreTest, ResumesARunWithTheSameManifestWithoutChangingIt) {
  begin();
  const std::int64_t id = attempt("ioi/alpha", 0).id;
  ASSERT_TRUE(store_->add_judgement(id, sample_submission(), sample_judgement()));
  RunManifest later = sample_manifest();
  later.created_ms += 1000;
  later.host = "another host";
  later.evalctl_version = "0.2.0";
  const auto resumed = store_->begin_run(later, sample_problems(), sample_plan());
  EXPECT_TRUE(resumed.has_value()) << describe(resumed.error());
  EXPECT_EQ(store_->find_run("ioi-demo-1")->manifest, sample_manifest());
  EXPECT_EQ(attempt("ioi/alpha", 0).judgements.size(), 1u);
  EXPECT_EQ(store_->attempts("ioi-demo-1", false)->size(), 4u);
}

TEST_F(StoreTest, RefusesAnotherManifestUnderTheSameRunIdNamingWhatDiffers) {
  begin();
  RunManifest other = sample_manifest();
  other.seed = 7;
  other.sampling.temperature = 0;
  const auto begun = store_->begin_run(other, sample_problems(), sample_plan());
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().code, ErrorCode::Usage);
  EXPECT_THAT(begun.error().what,
              AllOf(HasSubstr("seed is 7"), HasSubstr("sampling is {\"temperature\":0.0"),
                    Not(HasSubstr("model"))));
}

TEST_F(StoreTest, NamesASettingThatOnlyTheRunHas) {
  RunManifest timed = sample_manifest("timed");
  timed.minutes_per_attempt = 5;
  ASSERT_TRUE(store_->begin_run(timed, sample_problems(), sample_plan()));
  const auto begun = store_->begin_run(sample_manifest("timed"), sample_problems(), sample_plan());
  ASSERT_FALSE(begun.has_value());
  EXPECT_THAT(begun.error().what, HasSubstr("minutes_per_attempt is absent, was 5"));
}

TEST_F(StoreTest, ResumesWithAnotherTrainingCutoffAndKeepsTheFirst) {
  RunManifest manifest = sample_manifest("declared");
  for (const char* day : {"2024-09-01", "2025-01-01", ""}) {
    manifest.training_cutoff = day;
    const auto begun = store_->begin_run(manifest, sample_problems(), sample_plan());
    ASSERT_TRUE(begun.has_value()) << describe(begun.error());
    EXPECT_EQ(store_->find_run("declared")->manifest.training_cutoff, "2024-09-01") << day;
  }
}

TEST_F(StoreTest, RefusesToResumeWhenAPackageChanged) {
  begin();
  auto problems = sample_problems();
  problems[1].content_hash = "other";
  const auto begun = store_->begin_run(sample_manifest(), problems, sample_plan());
  ASSERT_FALSE(begun.has_value());
  EXPECT_EQ(begun.error().code, ErrorCode::Usage);
  EXPECT_THAT(begun.error().what, AllOf(HasSubstr("ioi/beta"), Not(HasSubstr("ioi/alpha"))));
}

TEST_F(StoreTest, StoresNothingOfARunWhosePlanIsInconsistent) {
  auto plan = sample_plan();
  plan.push_back({"ioi/gamma", 0, 1});
  EXPECT_FALSE(store_->begin_run(sample_manifest(), sample_problems(), plan).has_value());
  EXPECT_EQ(store_->runs()->size(), 0u);
  begin();
}

TEST_F(StoreTest, FindsTheLatestRunWhenNoneIsNamed) {
  begin();
  ASSERT_TRUE(store_->begin_run(sample_manifest("second"), sample_problems(), sample_plan()));
  EXPECT_EQ(store_->find_run("")->manifest.run_id, "second");
  EXPECT_EQ(store_->runs()->size(), 2u);
}

TEST_F(StoreTest, OffersTheClosestRunForAnUnknownOne) {
  begin();
  const auto run = store_->find_run("ioi-demo-2");
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, ErrorCode::NotFound);
  EXPECT_THAT(run.error().help, HasSubstr("ioi-demo-1"));
}

TEST_F(StoreTest, SaysThatThereIsNoRunYet) {
  const auto run = store_->find_run("");
  ASSERT_FALSE(run.has_value());
  EXPECT_EQ(run.error().code, ErrorCode::NotFound);
}

TEST_F(StoreTest, NamesAnUnknownProblemOrAttempt) {
  begin();
  const auto problem = store_->attempt("ioi-demo-1", "ioi/alpa", 0);
  ASSERT_FALSE(problem.has_value());
  EXPECT_THAT(problem.error().help, HasSubstr("ioi/alpha"));
  const auto index = store_->attempt("ioi-demo-1", "ioi/alpha", 2);
  ASSERT_FALSE(index.has_value());
  EXPECT_THAT(index.error().what, HasSubstr("no attempt 2"));
}

TEST_F(StoreTest, CachesAJudgementByteForByteAndMarksItAsCached) {
  judges::Judgement kept = sample_judgement(judges::Verdict::WA);
  kept.from_cache = false;
  ASSERT_TRUE(store_->cache_judgement("key", kept));
  reopen();
  const auto found = store_->cached_judgement("key");
  ASSERT_TRUE(found.has_value());
  ASSERT_TRUE(found->has_value());
  kept.from_cache = true;
  EXPECT_EQ(**found, kept);
  EXPECT_EQ(*store_->cached_judgement("other"), std::nullopt);
}

TEST_F(StoreTest, NeverCachesJudgeAndInfrastructureErrors) {
  for (const auto verdict : {judges::Verdict::JE, judges::Verdict::IE}) {
    ASSERT_TRUE(store_->cache_judgement("key", sample_judgement(verdict)));
    EXPECT_EQ(*store_->cached_judgement("key"), std::nullopt);
  }
}

TEST_F(StoreTest, CachesAGenerationByteForByteAndMarksItAsCached) {
  runners::Generation kept = sample_generation();
  ASSERT_TRUE(store_->cache_generation("key", kept));
  reopen();
  EXPECT_EQ(*store_->cached_generation("key"), kept);  // the sample is marked from_cache
  EXPECT_EQ(*store_->cached_generation("other"), std::nullopt);
}

TEST_F(StoreTest, MakesCallsOneTransactionOfWhichNoneHappensWhenOneFails) {
  begin();
  const auto id = attempt("ioi/alpha", 0).id;
  const auto failed = store_->together([&]() -> Result<void> {
    EVAL_TRY(store_->add_error(id, sample_error()));
    EVAL_TRY(store_->cache_judgement("key", sample_judgement(judges::Verdict::AC)));
    return store_->add_error(id + 1000, sample_error());
  });
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(attempt("ioi/alpha", 0).errors.empty());
  EXPECT_EQ(*store_->cached_judgement("key"), std::nullopt);
  EXPECT_EQ(
      store_->together([] { return Result<void>(fail(ErrorCode::Io, "stopped")); }).error().what,
      "stopped");

  ASSERT_TRUE(store_->together([&]() -> Result<void> {
    EVAL_TRY(store_->add_error(id, sample_error()));
    return store_->cache_judgement("key", sample_judgement(judges::Verdict::AC));
  }));
  reopen();
  EXPECT_EQ(attempt("ioi/alpha", 0).errors.size(), 1u);
  EXPECT_TRUE(store_->cached_judgement("key")->has_value());
}

TEST_F(StoreTest, KeepsAFactUntilItIsReplaced) {
  ASSERT_TRUE(store_->set_fact("limit", "2000"));
  ASSERT_TRUE(store_->set_fact("limit", "3000"));
  EXPECT_EQ(*store_->fact("limit"), "3000");
  EXPECT_EQ(*store_->fact("other"), std::nullopt);
}

TEST_F(StoreTest, TellsWhatEarlierRunsCost) {
  EXPECT_EQ(store_->cost_history("ioi", "http:demo")->completion_tokens_per_attempt, std::nullopt);
  begin();
  const auto attempts = store_->attempts("ioi-demo-1", false);
  runners::Generation generation;
  for (const int tokens : {100, 300}) {
    generation.completion_tokens = tokens;
    const std::int64_t id = attempts->at(tokens == 100 ? 0 : 1).id;
    ASSERT_TRUE(store_->add_generation(id, 0, {}, generation));
  }
  judges::Judgement judgement = sample_judgement();
  judgement.from_cache = false;
  ASSERT_TRUE(store_->add_judgement(attempts->at(0).id, std::nullopt, judgement));
  const auto history = store_->cost_history("ioi", "http:demo");
  ASSERT_TRUE(history.has_value());
  EXPECT_DOUBLE_EQ(history->completion_tokens_per_attempt.value_or(0), 200);
  EXPECT_DOUBLE_EQ(history->judge_ms_per_attempt.value_or(0), 2 * 5.678);
  EXPECT_EQ(history->attempts, 2);
  EXPECT_EQ(store_->cost_history("ioi", "other")->attempts, 0);
}

}  // namespace
}  // namespace eval::evaluator
