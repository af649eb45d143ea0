#include "evaluator/calibrate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "judges/proof/proof_judge.h"

namespace eval::evaluator {
namespace {

using judges::proof::kMarkMax;
using problems::MarkedProof;

Result<judges::Judgement> mark(const problems::Problem& problem, const MarkedProof& proof,
                               judges::Judge& judge, Store& store, std::stop_token stop) {
  const judges::Submission submission = judges::Proof{proof.text};
  const std::string key = EVAL_TRY(judge.cache_key(problem, submission));
  if (auto cached = EVAL_TRY(store.cached_judgement(key))) return *std::move(cached);
  judges::Judgement judgement =
      EVAL_TRY_IN(judge.judge(problem, submission, stop), "proof " + proof.id);
  EVAL_TRY(store.cache_judgement(key, judgement));  // a JE is not kept
  return judgement;
}

double people_mark(const MarkedProof& proof, double points_max) {
  double sum = 0;
  for (const problems::HumanMark& human : proof.marks) sum += human.points;
  return sum / static_cast<double>(proof.marks.size()) * kMarkMax / points_max;
}

// Marks all proofs with some threads; the first Error ends them all.
class Marking {
 public:
  Marking(const problems::ProofSet& set, std::size_t count, judges::Judge& judge, Store& store,
          const CalibrationOptions& options, std::stop_token stop)
      : set_(set), judge_(judge), store_(store), options_(options), stop_(std::move(stop)) {
    judgements_.resize(count);
  }

  Result<std::vector<judges::Judgement>> run() {
    const auto helpers = std::min(judgements_.size(), static_cast<std::size_t>(options_.jobs));
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 1; i < helpers; ++i) threads.emplace_back([this] { work(); });
      work();
    }
    if (error_) return fail(*std::move(error_));
    return std::move(judgements_);
  }

 private:
  void work() {
    for (std::size_t i = next_.fetch_add(1); i < judgements_.size(); i = next_.fetch_add(1)) {
      const MarkedProof& proof = set_.proofs[i];
      Result<judges::Judgement> judgement =
          fail(ErrorCode::Cancelled, "the calibration was stopped");
      if (!stop_.stop_requested()) {
        judgement = mark(set_.suite.problems[proof.problem], proof, judge_, store_, stop_);
      }
      const std::lock_guard lock(mutex_);
      if (!judgement) {
        if (!error_) error_ = std::move(judgement).error();
        next_ = judgements_.size();
        return;
      }
      judgements_[i] = *std::move(judgement);
      ++done_;
      if (options_.progress) options_.progress(done_, static_cast<int>(judgements_.size()));
    }
  }

  const problems::ProofSet& set_;
  judges::Judge& judge_;
  Store& store_;
  const CalibrationOptions& options_;
  const std::stop_token stop_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<judges::Judgement> judgements_;  // each written by the one who drew its number
  int done_ = 0;                               // guarded by mutex_
  std::optional<Error> error_;                 // guarded by mutex_
};

void count_canaries(const judges::Judgement& judgement, std::map<std::string, bool>& canaries,
                    const std::string& problem) {
  for (const judges::TestResult& test : judgement.tests) {
    if (!test.testcase.starts_with("canary: ") || !test.points) continue;
    canaries[problem + test.testcase] = judges::proof::is_passed_canary(test);
  }
}

}  // namespace

Result<GraderCard> run_calibration(const problems::ProofSet& set, judges::Judge& judge,
                                   Store& store, const Clock& clock,
                                   const CalibrationOptions& options, std::stop_token stop) {
  std::size_t count = set.proofs.size();
  if (options.limit > 0) count = std::min(count, static_cast<std::size_t>(options.limit));
  if (count == 0) {
    return fail(ErrorCode::BadInput,
                fmt::format("the set \"{}\" has no proofs that people have marked", set.suite.name),
                set.suite.directory.string(),
                "calibrate on GradingBench, MathArena's outputs, or a set of your own with proofs");
  }
  const std::vector<judges::Judgement> judgements =
      EVAL_TRY(Marking(set, count, judge, store, options, stop).run());
  std::vector<MarkPair> pairs;
  std::map<std::string, bool> canaries;  // each once, however many proofs it came with
  int without_mark = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const MarkedProof& proof = set.proofs[i];
    const problems::Problem& problem = set.suite.problems[proof.problem];
    count_canaries(judgements[i], canaries, problem.id);
    if (judgements[i].verdict == judges::Verdict::JE) {
      ++without_mark;
      continue;
    }
    pairs.push_back({problem.id, people_mark(proof, problem.points_max),
                     judgements[i].points * kMarkMax / problem.points_max});
  }
  GraderCard card = calibrate(pairs, options.seed);
  card.grader = options.grader;
  card.set = set.suite.name;
  card.set_hash = set.content_hash;
  card.without_mark = without_mark;
  card.canaries = static_cast<int>(canaries.size());
  card.canaries_passed = static_cast<int>(
      std::ranges::count_if(canaries, [](const auto& entry) { return entry.second; }));
  card.created_ms = clock.unix_ms();
  EVAL_TRY(store.add_card(
      {card.grader, card.set, card.set_hash, to_json_line(to_json(card)), card.created_ms}));
  return card;
}

}  // namespace eval::evaluator
