#include "judges/steps/test_walk.h"

#include <algorithm>
#include <cmath>

#include "base/hash.h"

namespace eval::judges {
namespace {

using problems::Subtask;
using problems::Testcase;

// Equal for testcases that a program and checker cannot tell apart.
std::string content_key(const problems::ProgramTask& task, const Testcase& testcase) {
  // Data without a hash (built by hand) is only equal to itself; so is a testcase whose output is
  // handed in under its name.
  const bool by_name = task.type == problems::TaskType::OutputOnly || testcase.takes_output;
  const bool hashed = !by_name && !testcase.input.sha256.empty() && !testcase.answer.sha256.empty();
  ContentHash key;
  key.add(hashed ? testcase.input.sha256 : testcase.name).add(testcase.answer.sha256);
  key.add("checker");
  for (const std::string& word : testcase.checker_args) key.add(word);
  key.add("program");
  for (const std::string& word : testcase.program_args) key.add(word);
  for (const auto& [name, path] : testcase.program_files) key.add(name).add(path);
  return key.hex();
}

bool is_all_samples(const Subtask& subtask, const std::vector<Testcase>& testcases) {
  return std::all_of(
      subtask.order.begin(), subtask.order.end(), [&](const Subtask::Member& member) {
        return member.is_subtask ? is_all_samples(subtask.subtasks[member.index], testcases)
                                 : testcases[member.index].is_sample;
      });
}

// What the subtask can give at most, if the package says.
std::optional<double> full_marks(const Subtask& subtask) {
  if (subtask.points) return subtask.points;
  if (subtask.range && std::isfinite(subtask.range->second)) return subtask.range->second;
  return std::nullopt;
}

void collect_order(const problems::ProgramTask& task, const Subtask& subtask,
                   std::set<std::string>& seen, std::vector<const Testcase*>& order) {
  for (const Subtask::Member& member : subtask.order) {
    if (member.is_subtask) {
      collect_order(task, subtask.subtasks[member.index], seen, order);
    } else if (seen.insert(content_key(task, task.testcases[member.index])).second) {
      order.push_back(&task.testcases[member.index]);
    }
  }
}

}  // namespace

std::vector<const Testcase*> walk_order(const problems::ProgramTask& task) {
  std::set<std::string> seen;
  std::vector<const Testcase*> order;
  collect_order(task, task.root, seen, order);
  return order;
}

Result<Outcome> TestWalk::walk(Judgement& judgement) {
  return walk_subtask(task_.root, judgement);
}

Result<Outcome> TestWalk::walk_testcase(const Subtask& subtask, const Testcase& testcase,
                                        Judgement& judgement) {
  const std::string key = content_key(task_, testcase);
  auto found = runs_.find(key);
  if (found == runs_.end()) found = runs_.emplace(key, EVAL_TRY(run_(testcase))).first;
  const TestRun& run = found->second;
  Outcome outcome;
  outcome.name = testcase.name;
  outcome.verdict = run.result.verdict;
  outcome.is_sample = testcase.is_sample;
  outcome.points_max = subtask.accept_score;
  // A score is the checker's, else the default of the subtask the testcase is seen in.
  if (run.result.points) {
    outcome.points = *run.result.points;
  } else if (run.fraction) {
    outcome.points = *run.fraction * subtask.accept_score;
  } else {
    outcome.points = outcome.verdict == Verdict::AC ? subtask.accept_score : subtask.reject_score;
  }
  if (outcome.verdict == Verdict::JE) {
    outcome.detail = "testcase " + testcase.name + ": " + run.result.checker_message;
  }
  if (reported_.insert(testcase.name).second) {
    judgement.tests.push_back(run.result);
    judgement.tests.back().testcase = testcase.name;
    if (task_.is_scoring) judgement.tests.back().points = outcome.points;
  }
  return outcome;
}

Result<Outcome> TestWalk::walk_member(const Subtask& subtask, const Subtask::Member& member,
                                      Judgement& judgement) {
  if (!member.is_subtask) return walk_testcase(subtask, task_.testcases[member.index], judgement);
  const Subtask& below = subtask.subtasks[member.index];
  Outcome outcome = EVAL_TRY(walk_subtask(below, judgement));
  outcome.is_sample = is_all_samples(below, task_.testcases);
  return outcome;
}

const std::string* TestWalk::unmet_requirement(const Subtask& subtask) const {
  for (const std::string& name : subtask.requires_subtasks) {
    const auto found = subtask_verdicts_.find(name);
    if (found == subtask_verdicts_.end() || found->second != Verdict::AC) return &name;
  }
  return nullptr;
}

Outcome TestWalk::without_requirement(const Subtask& subtask, const std::string& required) const {
  Outcome outcome;
  const auto found = subtask_verdicts_.find(required);
  outcome.verdict = found == subtask_verdicts_.end() ? Verdict::JE : found->second;
  if (outcome.verdict == Verdict::JE) {
    outcome.detail = subtask.name + " requires " + required + ", which is not judged before it";
  }
  return outcome;
}

Result<Outcome> TestWalk::walk_subtask(const Subtask& subtask, Judgement& judgement) {
  const std::string* unmet = unmet_requirement(subtask);
  std::vector<Outcome> counted;
  bool stopped = unmet != nullptr;
  for (const Subtask::Member& member : subtask.order) {
    if (stopped && !run_all_) break;
    const Outcome below = EVAL_TRY(walk_member(subtask, member, judgement));
    if (!stopped) counted.push_back(below);
    stopped = stopped || stops_after(subtask, below);
  }
  Outcome outcome;
  if (unmet != nullptr) {
    outcome = without_requirement(subtask, *unmet);
  } else if (subtask.custom_grader.empty() || counted.empty()) {
    outcome = grade_subtask(subtask, counted);
  } else {
    outcome = EVAL_TRY(grade_(subtask, counted));
  }
  const std::optional<double> points_max = full_marks(subtask);
  if (task_.points_decimals && subtask.points) {
    outcome.points = rounded(outcome.points, *task_.points_decimals);
  }
  outcome.name = subtask.name;
  outcome.points_max = points_max.value_or(1);  // for a parent that combines fractions
  subtask_verdicts_[subtask.name] = outcome.verdict;
  judgement.subtasks.push_back({subtask.name, outcome.verdict, outcome.points, points_max});
  return outcome;
}

}  // namespace eval::judges
