#include "tests/support/fake_judge.h"

#include <variant>

#include "base/hash.h"

namespace eval::testing {
namespace {

std::string code_of(const judges::Submission& submission) {
  const auto* program = std::get_if<judges::SourceProgram>(&submission);
  return program == nullptr || program->files.empty() ? "" : program->files.front().content;
}

}  // namespace

Result<judges::Judgement> FakeJudge::judge(const problems::Problem& problem,
                                           const judges::Submission& submission,
                                           std::stop_token stop) {
  const std::string code = code_of(submission);
  {
    const std::lock_guard lock(mutex_);
    judged_.push_back(code);
  }
  if (answer) return answer(problem, code, std::move(stop));
  return judgement_of(judges::Verdict::AC);
}

Result<std::string> FakeJudge::cache_key(const problems::Problem& problem,
                                         const judges::Submission& submission) {
  return ContentHash().add(version).add(problem.id).add(code_of(submission)).hex();
}

std::vector<std::string> FakeJudge::judged() const {
  const std::lock_guard lock(mutex_);
  return judged_;
}

judges::Judgement judgement_of(judges::Verdict verdict) {
  judges::Judgement judgement;
  judgement.verdict = verdict;
  judgement.points = verdict == judges::Verdict::AC ? 1 : 0;
  judgement.language = "python3";
  judgement.fingerprint = "fake judge";
  judges::TestResult test;
  test.testcase = "secret/1";
  test.verdict = verdict;
  judgement.tests.push_back(test);
  judges::SubtaskResult root;
  root.subtask = "data";
  root.verdict = verdict;
  root.points = judgement.points;
  judgement.subtasks.push_back(root);
  return judgement;
}

}  // namespace eval::testing
