// Who is to blame when a submission and an interactor are done: the rows of decide_interaction.
#include "judges/steps/meeting.h"

#include <gtest/gtest.h>

#include "tests/support/fake_sandbox.h"

namespace eval::judges {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;
using std::chrono::milliseconds;
using tests::exited;

ExecutionResult ended(RunStatus status) {
  ExecutionResult run = exited(0);
  run.status = status;
  return run;
}

CheckOutcome said(Verdict verdict) {
  return {verdict, std::nullopt, std::nullopt, "the interactor's words"};
}

enum class First { Submission, Interactor };

// One process of the submission against the interactor.
Verdict decided(const ExecutionResult& run, Verdict interactor, First first) {
  const std::vector<ExecutionResult> runs = {run};
  const std::vector<std::size_t> order = {0};
  const std::size_t before = first == First::Submission ? 1 : 0;
  return decide_interaction({runs, order, before, said(interactor), milliseconds(1000)}).verdict;
}

TEST(DecideInteraction, FollowsTheInteractorWhenTheSubmissionEndsWell) {
  for (const First first : {First::Submission, First::Interactor}) {
    EXPECT_EQ(decided(exited(0), Verdict::AC, first), Verdict::AC);
    EXPECT_EQ(decided(exited(0), Verdict::WA, first), Verdict::WA);
    EXPECT_EQ(decided(exited(0), Verdict::JE, first), Verdict::JE);
  }
}

TEST(DecideInteraction, BlamesTheSubmissionThatFailedFirst) {
  for (const Verdict then : {Verdict::AC, Verdict::WA, Verdict::JE}) {
    EXPECT_EQ(decided(exited(1), then, First::Submission), Verdict::RE);
    EXPECT_EQ(decided(ended(RunStatus::Signalled), then, First::Submission), Verdict::RE);
    EXPECT_EQ(decided(ended(RunStatus::CpuTimeLimit), then, First::Submission), Verdict::TLE);
    EXPECT_EQ(decided(ended(RunStatus::WallTimeLimit), then, First::Submission), Verdict::TLE);
    EXPECT_EQ(decided(ended(RunStatus::MemoryLimit), then, First::Submission), Verdict::MLE);
    EXPECT_EQ(decided(ended(RunStatus::OutputLimit), then, First::Submission), Verdict::OLE);
  }
}

TEST(DecideInteraction, KeepsARejectionThatCameFirst) {
  EXPECT_EQ(decided(exited(1), Verdict::WA, First::Interactor), Verdict::WA);
  EXPECT_EQ(decided(ended(RunStatus::Signalled), Verdict::WA, First::Interactor), Verdict::WA);
  EXPECT_EQ(decided(ended(RunStatus::CpuTimeLimit), Verdict::WA, First::Interactor), Verdict::WA);
  EXPECT_EQ(decided(ended(RunStatus::GroupEnded), Verdict::WA, First::Interactor), Verdict::WA);
}

TEST(DecideInteraction, HoldsTheSubmissionToItsEndAfterAnAcceptance) {
  EXPECT_EQ(decided(exited(1), Verdict::AC, First::Interactor), Verdict::RE);
  EXPECT_EQ(decided(ended(RunStatus::CpuTimeLimit), Verdict::AC, First::Interactor), Verdict::TLE);
  EXPECT_EQ(decided(ended(RunStatus::MemoryLimit), Verdict::AC, First::Interactor), Verdict::MLE);
}

TEST(DecideInteraction, CallsABrokenInteractorAJudgeErrorWhateverTheSubmissionDoesThen) {
  EXPECT_EQ(decided(ended(RunStatus::GroupEnded), Verdict::JE, First::Interactor), Verdict::JE);
  EXPECT_EQ(decided(exited(1), Verdict::JE, First::Interactor), Verdict::JE);
}

TEST(DecideInteraction, CallsADeadlockTooSlow) {
  for (const First first : {First::Submission, First::Interactor}) {
    EXPECT_EQ(decided(ended(RunStatus::Deadlock), Verdict::JE, first), Verdict::TLE);
  }
}

TEST(DecideInteraction, DoesNotBlameASubmissionThatWasKilledWithItsGroup) {
  EXPECT_EQ(decided(ended(RunStatus::GroupEnded), Verdict::AC, First::Interactor), Verdict::AC);
}

TEST(DecideInteraction, HoldsTheSumOfAllProcessesToTheLimit) {
  std::vector<ExecutionResult> runs = {exited(0), exited(0)};
  runs[0].cpu_time = runs[1].cpu_time = milliseconds(500);
  const std::vector<std::size_t> order = {0, 1};
  const auto verdict = [&] {
    return decide_interaction({runs, order, 2, said(Verdict::AC), milliseconds(1000)}).verdict;
  };
  EXPECT_EQ(verdict(), Verdict::AC);
  runs[1].cpu_time = milliseconds(501);
  EXPECT_EQ(verdict(), Verdict::TLE);
}

TEST(DecideInteraction, BlamesTheProcessThatFailedFirst) {
  const std::vector<ExecutionResult> runs = {ended(RunStatus::MemoryLimit), exited(1)};
  const std::vector<std::size_t> order = {1, 0};
  EXPECT_EQ(decide_interaction({runs, order, 2, said(Verdict::WA), milliseconds(1000)}).verdict,
            Verdict::RE);
}

TEST(Merged, AddsTimeAndTakesTheGreatestMemory) {
  std::vector<ExecutionResult> runs = {exited(0), exited(3)};
  runs[0].memory_peak = Bytes::mib(9);
  runs[1].memory_peak = Bytes::mib(5);
  runs[0].standard_error = "a";
  runs[1].standard_error = "b";
  const std::vector<std::size_t> order = {0, 1};
  const ExecutionResult all = merged(runs, order);
  EXPECT_EQ(all.cpu_time, milliseconds(20));
  EXPECT_EQ(all.wall_time, milliseconds(12));
  EXPECT_EQ(all.memory_peak->count, Bytes::mib(9).count);
  EXPECT_EQ(all.exit_code, 3);
  EXPECT_EQ(all.standard_error, "ab");
}

}  // namespace
}  // namespace eval::judges
