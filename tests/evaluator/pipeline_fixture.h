#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "evaluator/pipeline/run.h"
#include "tests/support/fake_judge.h"
#include "tests/support/fake_runner.h"
#include "tests/support/manual_clock.h"

namespace eval::evaluator {

// A run over a real store with a fake runner and judge.
class PipelineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("pipeline");
    ASSERT_TRUE(folder) << describe(folder.error());
    folder_.emplace(*std::move(folder));
    open_store();
    config_.suite.name = "demo";
    config_.model = "fake";
    config_.run_id = "run";
    config_.retry_pause = std::chrono::milliseconds(0);
    add_problems({"a", "b", "c"});
  }

  fs::path database() const { return folder_->path() / "runs.db"; }

  void open_store() {
    store_.reset();
    auto store = Store::open(database(), OpenMode::ReadWrite, clock_);
    ASSERT_TRUE(store) << describe(store.error());
    store_ = *std::move(store);
  }

  void add_problems(const std::vector<std::string>& slugs) {
    config_.suite.problems.clear();
    for (const std::string& slug : slugs) {
      problems::Problem problem;
      problem.id = "demo/" + slug;
      problem.suite = "demo";
      problem.slug = slug;
      problem.title = slug;
      problem.statement = "Solve " + slug + ".";
      problem.content_hash = "hash of " + slug;
      problem.task = problems::ProgramTask{};
      config_.suite.problems.push_back(std::move(problem));
    }
  }

  Services services() {
    const auto observer = [this](const RunEvent& event) {
      events_.push_back(event);
      if (on_event_) on_event_(event);
    };
    return {store_.get(), &runner_, &judge_, &clock_, observer};
  }

  Result<RunOutcome> try_run(std::stop_token stop = {}) { return run(config_, services(), stop); }

  RunOutcome run_all(std::stop_token stop = {}) {
    auto outcome = try_run(std::move(stop));
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return outcome ? *outcome : RunOutcome{};
  }

  std::vector<Attempt> attempts() {
    auto attempts = store_->attempts(config_.run_id, true);
    EXPECT_TRUE(attempts) << describe(attempts.error());
    return attempts ? *attempts : std::vector<Attempt>{};
  }

  std::vector<RunEvent::Kind> event_kinds() const {
    std::vector<RunEvent::Kind> kinds;
    for (const RunEvent& event : events_) kinds.push_back(event.kind);
    return kinds;
  }

  std::optional<TempDir> folder_;
  eval::testing::ManualClock clock_;
  std::unique_ptr<Store> store_;
  eval::testing::FakeRunner runner_;
  eval::testing::FakeJudge judge_;
  RunConfig config_;
  std::vector<RunEvent> events_;
  std::function<void(const RunEvent&)> on_event_;
};

}  // namespace eval::evaluator
