#include "evaluator/flips.h"

#include <algorithm>
#include <map>
#include <span>

namespace eval::evaluator {
namespace {

using judges::Judgement;
using judges::TestResult;

bool was_judged_alike(const Judgement& a, const Judgement& b) {
  return a.fingerprint == b.fingerprint && a.time_limit == b.time_limit &&
         a.memory_limit == b.memory_limit;
}

// The judgements of `attempt` that are compared.
std::span<const Judgement> compared(const Attempt& attempt, int times) {
  const std::vector<Judgement>& all = attempt.judgements;
  std::size_t count = std::min(all.size(), static_cast<std::size_t>(std::max(times, 0)));
  if (count > 0 && count < all.size() &&
      was_judged_alike(all[all.size() - count - 1], all.back())) {
    count += 1;
  }
  return {all.end() - static_cast<std::ptrdiff_t>(count), all.end()};
}

struct TestHistory {
  std::vector<judges::Verdict> verdicts;
  bool is_near = false;

  bool changed() const {
    return std::any_of(verdicts.begin(), verdicts.end(),
                       [&](judges::Verdict verdict) { return verdict != verdicts.front(); });
  }
};

void add_testcases(std::span<const Judgement> judgements, Flip& flip) {
  std::vector<std::string> order;
  std::map<std::string, TestHistory> histories;
  for (const Judgement& judgement : judgements) {
    for (const TestResult& test : judgement.tests) {
      TestHistory& history = histories[test.testcase];
      if (history.verdicts.empty()) order.push_back(test.testcase);
      history.verdicts.push_back(test.verdict);
      history.is_near = history.is_near || test.stability != judges::Stability::Clear;
    }
  }
  bool all_near = true;
  for (const std::string& name : order) {
    const TestHistory& history = histories[name];
    if (!history.changed()) continue;
    flip.testcases.push_back(name);
    all_near = all_near && history.is_near;
  }
  // With no testcase to blame (it compiled once, and once not), chance near a limit is no excuse.
  flip.is_near_limit = all_near && !flip.testcases.empty();
}

}  // namespace

std::vector<Flip> find_flips(const std::vector<Attempt>& attempts, int times) {
  std::vector<Flip> flips;
  for (const Attempt& attempt : attempts) {
    const std::span<const Judgement> judgements = compared(attempt, times);
    const bool differs =
        std::any_of(judgements.begin(), judgements.end(), [&](const Judgement& judgement) {
          return judgement.verdict != judgements.front().verdict ||
                 judgement.points != judgements.front().points;
        });
    if (!differs) continue;
    Flip flip;
    flip.problem_id = attempt.problem_id;
    flip.attempt = attempt.index;
    for (const Judgement& judgement : judgements) {
      flip.verdicts.push_back(judgement.verdict);
      flip.points.push_back(judgement.points);
    }
    add_testcases(judgements, flip);
    flips.push_back(std::move(flip));
  }
  return flips;
}

}  // namespace eval::evaluator
