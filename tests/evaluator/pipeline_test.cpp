#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <set>

#include "tests/evaluator/pipeline_fixture.h"

namespace eval::evaluator {
namespace {

using eval::testing::judgement_of;
using eval::testing::reply_with;
using judges::Verdict;
using Kind = RunEvent::Kind;

class Pipeline : public PipelineTest {};

TEST_F(Pipeline, GeneratesJudgesAndStoresEveryAttempt) {
  config_.attempts = 2;
  config_.sampling.temperature = 0.5;
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.run_id, "run");
  EXPECT_FALSE(outcome.interrupted);
  EXPECT_EQ(outcome.planned, 6);
  EXPECT_EQ(outcome.generated, 6);
  EXPECT_EQ(outcome.judged, 6);
  EXPECT_EQ(outcome.failed, 0);
  const std::vector<Attempt> stored = attempts();
  ASSERT_EQ(stored.size(), 6u);
  const Attempt& last = stored.back();
  EXPECT_EQ(last.problem_id, "demo/c");
  EXPECT_EQ(last.index, 1);
  EXPECT_EQ(last.verdict(), Verdict::AC);
  ASSERT_TRUE(last.prompt);
  EXPECT_NE(last.prompt->messages.at(0).content.find("Solve c."), std::string::npos);
  const auto& program = std::get<judges::SourceProgram>(last.submission->submission);
  EXPECT_EQ(program.language, "python3");
  EXPECT_EQ(program.files.at(0).content, fmt::format("print('demo/c 1 {}')\n", last.seed));
  EXPECT_EQ(last.submission->rule, "last-block");
  for (const runners::GenerationRequest& request : runner_.requests()) {
    EXPECT_EQ(request.sampling.temperature, 0.5);
  }
}

TEST_F(Pipeline, FixesTheDenominatorBeforeTheFirstGeneration) {
  std::atomic<int> planned = 0;
  runner_.answer = [&](const auto&, auto) -> Result<runners::Generation> {
    const auto summary = store_->find_run("run");
    planned = summary ? summary->attempts_planned : -1;
    return reply_with("print(1)\n");
  };
  run_all();
  EXPECT_EQ(planned, 3);
}

TEST_F(Pipeline, GivesAReplyWithoutCodeNaWithoutJudging) {
  runner_.answer = [](const auto&, auto) -> Result<runners::Generation> {
    runners::Generation generation;
    generation.text = "I would sort the numbers and";
    generation.finish_reason = runners::FinishReason::Length;
    return generation;
  };
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.judged, 3);
  EXPECT_TRUE(judge_.judged().empty());
  const Attempt attempt = attempts().front();
  EXPECT_EQ(attempt.verdict(), Verdict::NA);
  EXPECT_TRUE(attempt.truncated());
  EXPECT_FALSE(attempt.submission);
  EXPECT_EQ(attempt.judgements.at(0).detail, "the reply has no complete code block");
}

TEST_F(Pipeline, TriesAStageAgainAndKeepsTheErrorsOfItsTries) {
  std::atomic<int> calls = 0;
  add_problems({"a"});
  judge_.answer = [&](const auto&, const auto&, auto) -> Result<judges::Judgement> {
    if (++calls < 3) return fail(ErrorCode::Infrastructure, "no box");
    return judgement_of(Verdict::WA);
  };
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.failed, 0);
  const Attempt attempt = attempts().front();
  EXPECT_EQ(attempt.verdict(), Verdict::WA);
  ASSERT_EQ(attempt.errors.size(), 2u);
  EXPECT_EQ(attempt.errors[1].stage, Stage::Judge);
  EXPECT_EQ(attempt.errors[1].try_number, 2);
  EXPECT_EQ(attempt.errors[1].error.what, "no box");
  EXPECT_EQ(attempt.errors[1].at_ms, clock_.unix_ms());
}

TEST_F(Pipeline, MakesAnAttemptIeWhenItsTriesAreUsedUp) {
  judge_.answer = [](const auto& problem, const auto&, auto) -> Result<judges::Judgement> {
    if (problem.slug == "b") return fail(ErrorCode::Infrastructure, "no box");
    return judgement_of(Verdict::AC);
  };
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.planned, 3);
  EXPECT_EQ(outcome.generated, 3);
  EXPECT_EQ(outcome.judged, 2);
  EXPECT_EQ(outcome.failed, 1);
  EXPECT_EQ(attempts()[1].verdict(), Verdict::IE);
  EXPECT_EQ(attempts()[1].errors.size(), 3u);
}

TEST_F(Pipeline, DoesNotRepeatAnErrorThatWillNotMend) {
  runner_.available = [](std::string_view id) { return id == "demo/b" ? 0 : 1; };
  runner_.answer = [](const auto& request, auto) -> Result<runners::Generation> {
    if (request.problem_id == "demo/b") return fail(ErrorCode::NotFound, "not recorded");
    return reply_with("print(1)\n");
  };
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.planned, 3);
  EXPECT_EQ(outcome.failed, 1);
  const Attempt attempt = attempts()[1];
  EXPECT_EQ(attempt.verdict(), Verdict::IE);
  ASSERT_EQ(attempt.errors.size(), 1u);
  EXPECT_EQ(attempt.errors[0].stage, Stage::Generate);
}

TEST_F(Pipeline, MakesAnExceptionInAWorkerTheAttemptsError) {
  runner_.answer = [](const auto& request, auto) -> Result<runners::Generation> {
    if (request.problem_id == "demo/a") throw std::bad_alloc();
    return reply_with("print(1)\n");
  };
  judge_.answer = [](const auto& problem, const auto&, auto) -> Result<judges::Judgement> {
    if (problem.slug == "b") throw 42;
    return judgement_of(Verdict::AC);
  };
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.judged, 1);
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(attempts()[0].errors.at(0).error.code, ErrorCode::Internal);
  EXPECT_NE(attempts()[0].errors.at(0).error.what.find("bad_alloc"), std::string::npos);
  EXPECT_EQ(attempts()[1].errors.at(0).stage, Stage::Judge);
}

TEST_F(Pipeline, FailsAnAttemptWhoseProblemHasNoTextToPrompt) {
  config_.suite.problems[1].statement.clear();
  config_.suite.problems[1].statement_format = problems::StatementFormat::Pdf;
  run_all();
  EXPECT_EQ(attempts()[1].errors.at(0).error.code, ErrorCode::Unsupported);
  EXPECT_EQ(attempts()[0].verdict(), Verdict::AC);
}

TEST_F(Pipeline, ReplaysARecordingWhoseProblemHasNoTextToPrompt) {
  config_.suite.problems[1].statement.clear();
  runner_.available = [](std::string_view) { return 1; };
  run_all();
  EXPECT_EQ(attempts()[1].verdict(), Verdict::AC);
}

TEST_F(Pipeline, TellsTheObserverInOrderOneAtATime) {
  config_.attempts = 20;
  config_.judge_workers = 4;
  std::set<std::pair<std::string, int>> generated;
  std::atomic<int> inside = 0;
  bool in_order = true;
  on_event_ = [&](const RunEvent& event) {
    EXPECT_EQ(++inside, 1);
    const std::pair key(event.problem_id, event.attempt);
    if (event.kind == Kind::Generated) generated.insert(key);
    if (event.kind == Kind::Judged) in_order = in_order && generated.contains(key);
    --inside;
  };
  run_all();
  ASSERT_EQ(events_.size(), 2u + 2 * 60);
  EXPECT_EQ(events_.front().kind, Kind::Started);
  EXPECT_EQ(events_.front().planned, 60);
  EXPECT_EQ(events_.back().kind, Kind::Finished);
  EXPECT_EQ(events_.back().judged, 60);
  EXPECT_TRUE(in_order);
  EXPECT_TRUE(std::ranges::is_sorted(events_, {}, &RunEvent::judged));
}

TEST_F(Pipeline, TellsOfNothingThatIsNotCommitted) {
  // Another connection sees nothing of a transaction that goes on.
  auto reader = Store::open(database(), OpenMode::ReadOnly, clock_);
  ASSERT_TRUE(reader) << describe(reader.error());
  config_.attempts = 20;
  on_event_ = [&](const RunEvent& event) {
    if (event.kind != Kind::Judged) return;
    const auto attempt = (*reader)->attempt("run", event.problem_id, event.attempt);
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->verdict(), event.verdict);
    EXPECT_EQ(event.tests_run, 1);
  };
  EXPECT_EQ(run_all().judged, 60);
}

// A reply that was paid for is on the disk before the next one is asked for by the same worker, however
// little time there was.
TEST_F(Pipeline, CommitsAPaidReplyWithoutWaitingForMore) {
  auto reader = Store::open(database(), OpenMode::ReadOnly, clock_);
  ASSERT_TRUE(reader) << describe(reader.error());
  config_.judge = false;
  config_.generate_workers = 1;
  config_.attempts = 8;
  int commits = 0;
  on_event_ = [&](const RunEvent& event) {
    if (event.kind != Kind::Generated) return;
    int stored = 0;
    for (const Attempt& attempt : *(*reader)->attempts("run", false)) {
      stored += attempt.generations.empty() ? 0 : 1;
    }
    EXPECT_EQ(stored, ++commits);
  };
  run_all();
  EXPECT_EQ(commits, 24);
}

// Recorded replies can be read again, so that many share a commit.
TEST_F(Pipeline, CommitsRecordedRepliesAndVerdictsInGroups) {
  auto reader = Store::open(database(), OpenMode::ReadOnly, clock_);
  ASSERT_TRUE(reader) << describe(reader.error());
  config_.attempts = 40;
  runner_.available = [](std::string_view) { return 40; };
  std::set<int> states;
  on_event_ = [&](const RunEvent& event) {
    if (event.kind != Kind::Judged) return;
    int stored = 0;
    for (const Attempt& attempt : *(*reader)->attempts("run", false)) {
      stored += attempt.judgements.empty() ? 0 : 1;
    }
    states.insert(stored);
  };
  run_all();
  EXPECT_TRUE(states.contains(120));
  EXPECT_LT(states.size(), 60u);
}

TEST_F(Pipeline, HoldsGenerationBackWhileTheJudgesAreBusy) {
  config_.attempts = 20;
  config_.queue_capacity = 4;
  config_.generate_workers = 3;
  config_.judge_workers = 2;
  std::atomic<int> judged = 0;
  std::atomic<int> most_ahead = 0;
  runner_.answer = [&](const auto& request, auto) -> Result<runners::Generation> {
    const int ahead = static_cast<int>(runner_.requests().size()) - judged;
    most_ahead = std::max(most_ahead.load(), ahead);
    return reply_with(fmt::format("print('{} {}')\n", request.problem_id, request.attempt));
  };
  judge_.answer = [&](const auto&, const auto&, auto) -> Result<judges::Judgement> {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    ++judged;
    return judgement_of(Verdict::AC);
  };
  EXPECT_EQ(run_all().judged, 60);
  // In the queue, with the judges, and with the generators (one done and one begun each).
  EXPECT_LE(most_ahead, 4 + 2 + 2 * 3);
}

TEST_F(Pipeline, RefusesAnEmptySelectionBeforeWritingAnything) {
  config_.suite.problems.clear();
  const auto outcome = try_run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Usage);
  EXPECT_TRUE(store_->runs()->empty());
}

TEST_F(Pipeline, RefusesARunThatAnotherStoreHolds) {
  auto other = Store::open(database(), OpenMode::ReadWrite, clock_);
  ASSERT_TRUE(other);
  ASSERT_TRUE((*other)->lock_run("run"));
  const auto outcome = try_run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::Busy);
}

}  // namespace
}  // namespace eval::evaluator
