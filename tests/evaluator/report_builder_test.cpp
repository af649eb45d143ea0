#include "evaluator/report_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "problems/livecodebench.h"
#include "tests/evaluator/store_samples.h"

namespace eval::evaluator {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the samples of these tests
using testing::ElementsAre;
using testing::Pair;

class ReportBuilderTest : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("report-builder-test");
    ASSERT_TRUE(folder.has_value());
    folder_.emplace(std::move(*folder));
    auto store = Store::open(folder_->path() / "a.db", OpenMode::ReadWrite, clock_);
    ASSERT_TRUE(store.has_value()) << describe(store.error());
    store_ = std::move(*store);
    ASSERT_TRUE(store_->begin_run(sample_manifest(), sample_problems(), sample_plan()));
  }

  std::int64_t row(std::size_t position) {
    return store_->attempts("ioi-demo-1", false)->at(position).id;
  }
  reports::ReportModel build() {
    auto model = build_report(*store_, "", clock_);
    EXPECT_TRUE(model.has_value()) << describe(model.error());
    return model.value_or(reports::ReportModel{});
  }

  FixedClock clock_;
  std::optional<TempDir> folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(ReportBuilderTest, DescribesTheRunAsItsManifestDoes) {
  const reports::RunView run = build().run;
  EXPECT_EQ(run.id, "ioi-demo-1");
  EXPECT_EQ(run.suite_title, "IOI \"demo\"");
  EXPECT_EQ(run.model, "http:demo");
  EXPECT_EQ(run.runner, "http 127.0.0.1");
  EXPECT_EQ(run.extraction_rule, "last-block");
  EXPECT_EQ(run.attempts_per_problem, 2);
  EXPECT_EQ(run.created_ms, 1'750'000'000'000);
  EXPECT_THAT(run.sampling,
              ElementsAre(Pair("frequency_penalty", "0.25"), Pair("max_tokens", "4096"),
                          Pair("min_p", "0.05"), Pair("presence_penalty", "0.5"),
                          Pair("repetition_penalty", "1.1"), Pair("seed", "18446744073709551615"),
                          Pair("stop", "[\"</end>\",\"\\n\\n\"]"), Pair("stop_token_ids", "[2,11]"),
                          Pair("temperature", "0.75"), Pair("thinking", "off"), Pair("top_k", "40"),
                          Pair("top_p", "0.95")));
  EXPECT_EQ(build().generated_ms, clock_.unix_ms());
}

TEST_F(ReportBuilderTest, TellsWhatTheAttackSuiteSaidOfEachBoxThatJudged) {
  EXPECT_THAT(build().run.sandboxes, testing::IsEmpty());
  const SandboxNote polled{"userns+rlimits+landlock", {}};
  const SelftestRecord tried{
      167, 1, 1, {"memory_heap"}, "1.0 (abc)", "Linux 6.1", 1'767'258'000'000};
  ASSERT_TRUE(store_->note_sandbox("ioi-demo-1", polled));
  ASSERT_TRUE(store_->note_sandbox("ioi-demo-1", polled));
  ASSERT_TRUE(store_->note_sandbox("ioi-demo-1", {"root+cgroup-v1+landlock", tried}));
  const std::vector<reports::SandboxView> boxes = build().run.sandboxes;
  ASSERT_EQ(boxes.size(), 2U) << "the same box is noted once";
  EXPECT_EQ(boxes[0].isolation, "userns+rlimits+landlock");
  EXPECT_FALSE(boxes[0].selftest);
  EXPECT_EQ(boxes[0].not_promised.size(), 3U);
  EXPECT_THAT(boxes[1].not_promised, testing::IsEmpty());
  ASSERT_TRUE(boxes[1].selftest);
  EXPECT_EQ(boxes[1].selftest->held, 167);
  EXPECT_THAT(boxes[1].selftest->failed, ElementsAre("memory_heap"));
  EXPECT_EQ(boxes[1].selftest->made_ms, 1'767'258'000'000);
}

TEST_F(ReportBuilderTest, IsCompleteWhenEveryAttemptIsJudgedOrFailed) {
  EXPECT_FALSE(build().run.complete);
  for (const std::size_t position : {0u, 1u, 2u}) {
    ASSERT_TRUE(store_->add_judgement(row(position), std::nullopt, sample_judgement()));
  }
  EXPECT_FALSE(build().run.complete);
  ASSERT_TRUE(store_->add_error(row(3), sample_error()));
  EXPECT_TRUE(build().run.complete);
}

TEST_F(ReportBuilderTest, ShowsAnAttemptWithItsTexts) {
  ASSERT_TRUE(store_->add_generation(row(1), 0, sample_prompt(), sample_generation()));
  ASSERT_TRUE(store_->add_error(row(1), sample_error()));
  ASSERT_TRUE(store_->add_judgement(row(1), sample_submission(), sample_judgement()));
  const reports::AttemptView attempt = build().problems.at(0).attempts.at(1);
  EXPECT_EQ(attempt.index, 1);
  EXPECT_EQ(attempt.state, "judged");
  EXPECT_EQ(attempt.verdict, judges::Verdict::PC);
  EXPECT_EQ(attempt.points, 37.25);
  EXPECT_TRUE(attempt.truncated);
  EXPECT_EQ(attempt.prompt.at(0), (reports::MessageView{"system", "Be brief."}));
  EXPECT_EQ(attempt.reply, sample_generation().text);
  EXPECT_EQ(attempt.reasoning, "let me think");
  EXPECT_EQ(attempt.finish_reason, "length");
  EXPECT_EQ(attempt.completion_tokens, 222);
  EXPECT_EQ(attempt.generation_ms, 900);
  EXPECT_EQ(attempt.extraction_rule, "last-block");
  EXPECT_EQ(attempt.sources.at(0), (reports::SourceView{"main.cpp", "cpp17", "int main(){}\n"}));
  EXPECT_EQ(attempt.judgement, sample_judgement());
  EXPECT_EQ(attempt.judgement_count, 1);
  ASSERT_EQ(attempt.errors.size(), 1u);
  EXPECT_EQ(attempt.errors[0].stage, "judge");
  EXPECT_EQ(attempt.errors[0].code, "infrastructure");
  EXPECT_EQ(attempt.errors[0].where, "sandbox");
}

TEST_F(ReportBuilderTest, AddsUpTheTokensAndTimeOfAllTurns) {
  runners::Generation untold = sample_generation();
  untold.completion_tokens = std::nullopt;
  ASSERT_TRUE(store_->add_generation(row(0), 0, sample_prompt(), sample_generation()));
  ASSERT_TRUE(store_->add_generation(row(0), 1, sample_prompt(), untold));
  ASSERT_TRUE(store_->add_generation(row(0), 2, sample_prompt(), sample_generation()));
  const reports::AttemptView attempt = build().problems.at(0).attempts.at(0);
  EXPECT_EQ(attempt.completion_tokens, 444);
  EXPECT_EQ(attempt.prompt_tokens, 33);
  EXPECT_EQ(attempt.generation_ms, 2700);
}

TEST_F(ReportBuilderTest, ShowsProblemsInPlanOrderWithTheirSolveRate) {
  judges::Judgement accepted = sample_judgement(judges::Verdict::AC);
  accepted.points = 100;
  ASSERT_TRUE(store_->add_judgement(row(0), sample_submission(), accepted));
  ASSERT_TRUE(store_->add_judgement(row(1), sample_submission(), sample_judgement()));
  const auto problems = build().problems;
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_EQ(problems[0].id, "ioi/alpha");
  EXPECT_EQ(problems[0].statement, "Read $n$ numbers.");
  EXPECT_EQ(problems[0].statement_format, "latex");
  EXPECT_EQ(problems[0].best_points, 100);
  EXPECT_EQ(problems[0].solve_rate.value, 0.5);
  EXPECT_EQ(problems[0].solve_rate.n, 2);
  // Wilson for 1 of 2: symmetric about one half.
  EXPECT_NEAR(problems[0].solve_rate.low + problems[0].solve_rate.high, 1, 1e-12);
  EXPECT_EQ(problems[1].id, "ioi/beta");
  EXPECT_EQ(problems[1].attempts.size(), 2u);
}

TEST_F(ReportBuilderTest, ListsTheRungsOfIsolationThatJudgedTheRun) {
  judges::Judgement judgement = sample_judgement();
  for (const auto& [position, rung] :
       std::map<std::size_t, std::string>{{0, "root+cgroup-v2"}, {1, "rlimits"}, {2, "rlimits"}}) {
    judgement.fingerprint = "judge 1; box " + rung + "; g++ (12.2)";
    ASSERT_TRUE(store_->add_judgement(row(position), std::nullopt, judgement));
  }
  EXPECT_THAT(build().run.isolation, ElementsAre("rlimits", "root+cgroup-v2"));
}

TEST_F(ReportBuilderTest, ScoresTheRunAndGivesItItsMedal) {
  judges::Judgement judgement = sample_judgement();
  for (const std::size_t position : {0u, 1u, 2u, 3u}) {
    ASSERT_TRUE(store_->add_judgement(row(position), sample_submission(), judgement));
  }
  const reports::ScoreModel score = build().score;
  EXPECT_EQ(score.attempts_planned, 4);
  EXPECT_EQ(score.verdict_counts.at(judges::Verdict::PC), 4);
  ASSERT_TRUE(score.medal.has_value());
  EXPECT_EQ(score.medal->contest, "IOI 2025");
  EXPECT_EQ(score.medal->score, 2 * 37.25);
}

TEST_F(ReportBuilderTest, HasAnIcpcPenaltyOnlyWhereATimeModelIsDeclared) {
  judges::Judgement accepted = sample_judgement();
  accepted.verdict = judges::Verdict::AC;
  accepted.points = 1;
  const auto penalty_of = [&](const std::string& run_id, std::optional<double> minutes) {
    RunManifest manifest = sample_manifest();
    manifest.run_id = run_id;
    manifest.contest = "icpc-wf-2025";
    manifest.minutes_per_attempt = minutes;
    EXPECT_TRUE(store_->begin_run(manifest, sample_problems(), sample_plan()));
    const auto attempts = store_->attempts(run_id, false).value();
    EXPECT_TRUE(store_->add_judgement(attempts.front().id, sample_submission(), accepted));
    return build_report(*store_, run_id, clock_)->score.medal->penalty;
  };
  // The first attempt of one problem, accepted after 7 minutes, with no rejected run before it.
  EXPECT_EQ(penalty_of("with", 7.0), 7.0);
  EXPECT_EQ(penalty_of("without", std::nullopt), std::nullopt);
}

// The values of the rows that a training cut-off makes.
std::vector<std::string> sides(const reports::ReportModel& model) {
  std::vector<std::string> values;
  for (const reports::BreakdownRow& row : model.score.breakdown) {
    if (row.dimension == "cutoff") values.push_back(row.value);
  }
  return values;
}

TEST_F(ReportBuilderTest, SplitsScoresByTheRunsOwnTrainingCutoffUnlessAnotherIsGiven) {
  std::vector<ProblemSnapshot> problems = sample_problems();
  problems[0].source = problems::to_source({"a", "atcoder", "easy", "2024-08-01", ""});
  problems[1].source = problems::to_source({"b", "atcoder", "easy", "2024-09-01", ""});
  for (const char* day : {"", "2024-08-15", "2024-01-01"}) {
    RunManifest manifest = sample_manifest(std::string("run") + day);
    manifest.training_cutoff = day;
    ASSERT_TRUE(store_->begin_run(manifest, problems, sample_plan()));
  }
  const auto own = [&](const char* run) { return *build_report(*store_, run, clock_); };
  EXPECT_THAT(sides(own("run")), testing::IsEmpty());
  EXPECT_THAT(sides(own("run2024-08-15")), ElementsAre("before 2024-08-15", "from 2024-08-15"));
  EXPECT_THAT(sides(own("run2024-01-01")), ElementsAre("from 2024-01-01"));

  const auto other = *build_report(*store_, "run2024-01-01", clock_, "2024-09-01");
  EXPECT_THAT(sides(other), ElementsAre("before 2024-09-01", "from 2024-09-01"));
  EXPECT_EQ(other.run.training_cutoff, "2024-09-01");
  EXPECT_EQ(other.run.training_cutoff_of_run, "2024-01-01");
}

TEST_F(ReportBuilderTest, IsBuiltFromTheFileAloneByAReader) {
  ASSERT_TRUE(store_->add_generation(row(0), 0, sample_prompt(), sample_generation()));
  const reports::ReportModel written = build();
  store_.reset();
  auto reader = Store::open(folder_->path() / "a.db", OpenMode::ReadOnly, clock_);
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ(build_report(**reader, "ioi-demo-1", clock_), written);
}

TEST_F(ReportBuilderTest, NamesAnUnknownRun) {
  const auto model = build_report(*store_, "ioi-dem-1", clock_);
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace eval::evaluator
