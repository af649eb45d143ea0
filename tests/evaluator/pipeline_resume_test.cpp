// Stopping, resuming, judging again, and a store that fails.
#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <future>
#include <set>
#include <thread>

#include "tests/evaluator/pipeline_fixture.h"

namespace eval::evaluator {
namespace {

using eval::testing::judgement_of;
using eval::testing::reply_with;
using judges::Verdict;
using Kind = RunEvent::Kind;
using std::chrono::milliseconds;
using std::chrono::seconds;

class PipelineResume : public PipelineTest {
 protected:
  // Waits as a well-behaved runner or judge does: until told to stop.
  static Failure wait_for_stop(std::stop_token stop) {
    while (!stop.stop_requested()) std::this_thread::sleep_for(milliseconds(1));
    return fail(ErrorCode::Cancelled, "cancelled");
  }

  std::chrono::milliseconds timed(const std::function<void()>& body) {
    const auto begin = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  }

  // Runs SQL behind the store's back, to break it and to mend it.
  void sql(const std::string& text) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(database().c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
  }
};

TEST_F(PipelineResume, GeneratesAndJudgesNothingTwiceAfterAnInterrupt) {
  config_.attempts = 20;
  config_.judge_workers = 3;
  judge_.answer = [&](const auto&, const auto&, auto stop) -> Result<judges::Judgement> {
    if (judge_.judged().size() > 20) return wait_for_stop(stop);
    return judgement_of(Verdict::AC);
  };
  std::stop_source stop;
  on_event_ = [&](const RunEvent& event) {
    if (event.kind == Kind::Judged && event.judged == 10) stop.request_stop();
  };
  const RunOutcome first = run_all(stop.get_token());
  EXPECT_TRUE(first.interrupted);
  EXPECT_GE(first.judged, 10);
  EXPECT_LE(first.judged, 20);
  std::set<std::pair<std::string, int>> generated;
  std::set<std::string> judged;
  for (const Attempt& attempt : attempts()) {
    EXPECT_TRUE(attempt.errors.empty());
    if (!attempt.generations.empty()) generated.insert({attempt.problem_id, attempt.index});
    if (!attempt.submission) continue;
    judged.insert(std::get<judges::SourceProgram>(attempt.submission->submission).files[0].content);
  }
  const std::size_t asked_before = runner_.requests().size();
  const std::size_t judged_before = judge_.judged().size();

  on_event_ = nullptr;
  judge_.answer = nullptr;
  const RunOutcome second = run_all();
  EXPECT_FALSE(second.interrupted);
  EXPECT_EQ(second.judged, 60);
  const auto requests = runner_.requests();
  for (std::size_t i = asked_before; i < requests.size(); ++i) {
    EXPECT_FALSE(generated.contains({requests[i].problem_id, requests[i].attempt}));
  }
  const auto codes = judge_.judged();
  for (std::size_t i = judged_before; i < codes.size(); ++i)
    EXPECT_FALSE(judged.contains(codes[i]));
  for (const Attempt& attempt : attempts()) {
    EXPECT_EQ(attempt.generations.size(), 1u);
    EXPECT_EQ(attempt.judgements.size(), 1u);
  }
}

TEST_F(PipelineResume, DoesNothingWhenAllIsDone) {
  run_all();
  const std::size_t asked = runner_.requests().size();
  events_.clear();
  const RunOutcome again = run_all();
  EXPECT_EQ(again.judged, 3);
  EXPECT_EQ(runner_.requests().size(), asked);
  EXPECT_EQ(event_kinds(), (std::vector<Kind>{Kind::Started, Kind::Finished}));
  EXPECT_EQ(events_.front().judged, 3);
}

TEST_F(PipelineResume, GeneratesFirstAndJudgesLater) {
  config_.judge = false;
  config_.preferred_languages = {"pypy3"};
  EXPECT_EQ(run_all().generated, 3);
  EXPECT_TRUE(judge_.judged().empty());
  open_store();
  // What the run was made with comes from its manifest.
  RunConfig judging;
  judging.suite = config_.suite;
  judging.generate = false;
  Services only_judge = services();
  only_judge.runner = nullptr;
  const auto outcome = run(judging, only_judge, {});
  ASSERT_TRUE(outcome) << describe(outcome.error());
  EXPECT_EQ(outcome->run_id, "run");
  EXPECT_EQ(outcome->judged, 3);
  EXPECT_EQ(runner_.requests().size(), 3u);
  EXPECT_EQ(std::get<judges::SourceProgram>(attempts()[0].submission->submission).language,
            "pypy3");
}

TEST_F(PipelineResume, LeavesProblemsAloneThatAreNotSelectedForJudging) {
  config_.judge = false;
  run_all();
  config_.judge = true;
  config_.generate = false;
  config_.suite.problems.pop_back();
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.planned, 3);
  EXPECT_EQ(outcome.judged, 2);
}

TEST_F(PipelineResume, RefusesToJudgeAChangedPackageUnlessAgain) {
  run_all();
  config_.generate = false;
  config_.suite.problems[0].content_hash = "other";
  const auto refused = try_run();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::Usage);
  EXPECT_NE(refused.error().what.find("\"demo/a\" changed"), std::string::npos);
  config_.judge_again = true;
  EXPECT_EQ(run_all().judged, 3);
}

TEST_F(PipelineResume, TriesAFailedAttemptAgainFromTheStageThatFailed) {
  judge_.answer = [](const auto&, const auto&, auto) -> Result<judges::Judgement> {
    return fail(ErrorCode::Infrastructure, "no box");
  };
  runner_.answer = [](const auto& request, auto) -> Result<runners::Generation> {
    if (request.problem_id == "demo/a") return fail(ErrorCode::Network, "cut");
    return reply_with("print(1)\n");
  };
  EXPECT_EQ(run_all().failed, 3);
  judge_.answer = nullptr;
  runner_.answer = nullptr;
  const std::size_t asked = runner_.requests().size();
  events_.clear();
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.failed, 0);
  EXPECT_EQ(outcome.judged, 3);
  EXPECT_EQ(runner_.requests().size(), asked + 1);
  EXPECT_EQ(events_.front().failed, 0);
  EXPECT_EQ(attempts()[1].errors.size(), 3u);
}

TEST_F(PipelineResume, StopsAtOnceWhenRunnerAndJudgeObey) {
  config_.attempts = 20;
  config_.stop_grace = seconds(60);
  runner_.answer = [](const auto& request, auto stop) -> Result<runners::Generation> {
    if (request.attempt == 0) return reply_with("print(1)\n");
    return wait_for_stop(stop);
  };
  judge_.answer = [](const auto&, const auto&, auto stop) -> Result<judges::Judgement> {
    return wait_for_stop(stop);
  };
  std::stop_source stop;
  on_event_ = [&](const RunEvent& event) {
    if (event.kind == Kind::Generated) stop.request_stop();
  };
  RunOutcome outcome;
  EXPECT_LT(timed([&] { outcome = run_all(stop.get_token()); }), seconds(20));
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.workers_left, 0);
  EXPECT_EQ(outcome.judged, 0);
  EXPECT_EQ(outcome.failed, 0);
  EXPECT_GE(outcome.generated, 1);
}

TEST_F(PipelineResume, StopsInTimeAndSaysSoWhenAJudgeDoesNotObey) {
  config_.stop_grace = milliseconds(200);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> inside = 0;
  judge_.answer = [&](const auto&, const auto&, auto) -> Result<judges::Judgement> {
    ++inside;
    released.wait();
    --inside;
    return judgement_of(Verdict::AC);
  };
  std::stop_source stop;
  std::jthread interrupter([&] {
    while (inside == 0) std::this_thread::sleep_for(milliseconds(1));
    stop.request_stop();
  });
  RunOutcome outcome;
  EXPECT_LT(timed([&] { outcome = run_all(stop.get_token()); }), seconds(20));
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.workers_left, 1);
  EXPECT_EQ(outcome.judged, 0);
  // The stuck worker wakes after the run is over and must do no harm.
  release.set_value();
  while (inside > 0) std::this_thread::sleep_for(milliseconds(1));
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(store_->find_run("run")->attempts_judged, 0);
}

TEST_F(PipelineResume, DropsAReplyThatTheStopCut) {
  runner_.answer = [](const auto&, auto stop) -> Result<runners::Generation> {
    static_cast<void>(wait_for_stop(stop));
    runners::Generation generation = reply_with("print(1)\n");
    generation.finish_reason = runners::FinishReason::Cancelled;
    return generation;
  };
  std::stop_source stop;
  std::jthread interrupter([&] {
    while (runner_.requests().empty()) std::this_thread::sleep_for(milliseconds(1));
    stop.request_stop();
  });
  EXPECT_EQ(run_all(stop.get_token()).generated, 0);
}

TEST_F(PipelineResume, CommitsWhatIsCompleteWhenTheStopComes) {
  runner_.answer = [](const auto&, auto stop) -> Result<runners::Generation> {
    static_cast<void>(wait_for_stop(stop));
    return reply_with("print(1)\n");
  };
  std::stop_source stop;
  std::jthread interrupter([&] {
    while (runner_.requests().size() < 3) std::this_thread::sleep_for(milliseconds(1));
    stop.request_stop();
  });
  const RunOutcome outcome = run_all(stop.get_token());
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_EQ(outcome.generated, 3);
}

TEST_F(PipelineResume, TakesVerdictsOfTheSameCodeFromTheCache) {
  run_all();
  config_.run_id = "second";
  EXPECT_EQ(run_all().judged, 3);
  EXPECT_EQ(judge_.judged().size(), 3u);
  EXPECT_TRUE(attempts()[0].judgements.at(0).from_cache);
  EXPECT_TRUE(events_.at(events_.size() - 2).from_cache);
}

// The first verdict is then still on its way to the store.
TEST_F(PipelineResume, TakesAVerdictOfTheSameCodeThatIsNotYetStored) {
  config_.attempts = 40;
  config_.judge_workers = 1;
  runner_.available = [](std::string_view) { return 40; };
  runner_.answer = [](const auto& request, auto) -> Result<runners::Generation> {
    return reply_with(fmt::format("print('{}')\n", request.problem_id));
  };
  EXPECT_EQ(run_all().judged, 120);
  EXPECT_EQ(judge_.judged().size(), 3u);
}

TEST_F(PipelineResume, JudgesAfreshWithoutTheCacheOrWithAnotherJudge) {
  run_all();
  config_.run_id = "second";
  config_.use_verdict_cache = false;
  run_all();
  EXPECT_EQ(judge_.judged().size(), 6u);
  config_.run_id = "third";
  config_.use_verdict_cache = true;
  judge_.version = "2";
  run_all();
  EXPECT_EQ(judge_.judged().size(), 9u);
}

TEST_F(PipelineResume, NeverCachesAVerdictThatChanceCanChange) {
  for (const Verdict verdict : {Verdict::TLE, Verdict::JE}) {
    judge_.answer = [&](const auto&, const auto&, auto) -> Result<judges::Judgement> {
      return judgement_of(verdict);
    };
    const std::size_t before = judge_.judged().size();
    config_.run_id = fmt::format("{} first", judges::verdict_name(verdict));
    run_all();
    config_.run_id = fmt::format("{} second", judges::verdict_name(verdict));
    run_all();
    EXPECT_EQ(judge_.judged().size(), before + 6) << judges::verdict_name(verdict);
  }
}

TEST_F(PipelineResume, AppendsAJudgementWhenJudgingAgain) {
  run_all();
  judge_.answer = [](const auto& problem, const auto&, auto) -> Result<judges::Judgement> {
    if (problem.slug == "c") return fail(ErrorCode::Infrastructure, "no box");
    return judgement_of(Verdict::WA);
  };
  config_.judge_again = true;
  const RunOutcome outcome = run_all();
  EXPECT_EQ(outcome.judged, 3);
  EXPECT_EQ(runner_.requests().size(), 3u);
  const std::vector<Attempt> stored = attempts();
  ASSERT_EQ(stored[0].judgements.size(), 2u);
  EXPECT_EQ(stored[0].judgements[0].verdict, Verdict::AC);
  EXPECT_EQ(stored[0].verdict(), Verdict::WA);
  // Judging again failed, so the old judgement stands.
  EXPECT_EQ(stored[2].verdict(), Verdict::AC);
  EXPECT_EQ(stored[2].errors.size(), 3u);
}

// A row that cannot be written stands for a full disk: the run ends, the committed part stays, and a
// later session completes it.
TEST_F(PipelineResume, EndsTheRunWhenTheNthWriteFailsAndLosesNothing) {
  config_.judge_workers = 2;
  for (const std::string table : {"generations", "judgements", "verdict_cache"}) {
    for (int n = 0; n < 3; ++n) {
      config_.run_id = fmt::format("{} {}", table, n);
      judge_.version = config_.run_id;
      sql(
          fmt::format("CREATE TABLE writes (n); CREATE TRIGGER full BEFORE INSERT ON {} BEGIN "
                      "SELECT RAISE(FAIL, 'disk full') WHERE (SELECT count(*) FROM writes) = {}; "
                      "INSERT INTO writes VALUES (1); END;",
                      table, n));
      const auto outcome = try_run();
      sql("DROP TRIGGER full; DROP TABLE writes;");
      ASSERT_FALSE(outcome) << config_.run_id;
      EXPECT_NE(describe(outcome.error()).find("disk full"), std::string::npos);
      const std::size_t asked = runner_.requests().size();
      int missing = 3;
      for (const Attempt& attempt : attempts()) missing -= attempt.generations.empty() ? 0 : 1;
      EXPECT_EQ(run_all().judged, 3) << config_.run_id;
      EXPECT_EQ(runner_.requests().size(), asked + static_cast<std::size_t>(missing));
      for (const Attempt& attempt : attempts()) EXPECT_EQ(attempt.judgements.size(), 1u);
    }
  }
}

}  // namespace
}  // namespace eval::evaluator
