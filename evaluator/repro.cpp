#include "evaluator/repro.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <mutex>
#include <thread>
#include <utility>

#include "base/random.h"
#include "evaluator/attempt.h"

namespace eval::evaluator {
namespace {

// Names of differing completions that are kept; the counts tell of all.
constexpr std::size_t kDifferingMax = 50;

void shuffle(std::vector<std::size_t>& order, SplitMix64& random) {
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
}

std::vector<std::size_t> choose(std::size_t count, const ReproOptions& options) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  SplitMix64 random(derive_seed(options.seed, "share", 0));
  shuffle(order, random);
  const double wanted = std::ceil(options.share * static_cast<double>(count));
  order.resize(std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, count));
  return order;
}

// Replays the chosen completions in one way, by several threads.
class Round {
 public:
  Round(const std::vector<StoredCompletion>& stored, const RunManifest& manifest,
        runners::Runner& runner, ReproCheck& check, std::string way)
      : stored_(stored),
        manifest_(manifest),
        runner_(runner),
        check_(check),
        way_(std::move(way)) {}

  Result<void> run(const std::vector<std::size_t>& order, int threads,
                   const std::function<void()>& one_done, std::stop_token stop) {
    {
      std::vector<std::jthread> workers;
      for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
          for (std::size_t next = next_++; next < order.size(); next = next_++) {
            if (!replay(stored_[order[next]], one_done, stop)) return;
          }
        });
      }
    }
    if (error_) return fail(*std::move(error_));
    return {};
  }

 private:
  bool replay(const StoredCompletion& one, const std::function<void()>& one_done,
              const std::stop_token& stop) {
    runners::GenerationRequest request;
    request.problem_id = one.problem_id;
    request.attempt = one.attempt;
    request.turn = one.turn;
    request.prompt = one.prompt;
    request.sampling = manifest_.sampling;
    request.sampling.seed = seed_of_turn(one.attempt_seed, one.turn);
    auto generation = runner_.generate(request, stop);
    const std::lock_guard lock(mutex_);
    const std::string name =
        fmt::format("{} attempt {} turn {} ({})", one.problem_id, one.attempt, one.turn, way_);
    if (!generation && !error_) error_ = std::move(generation).error().in(name);
    if (error_) return false;
    check_.replayed += 1;
    if (generation->token_hash == one.token_hash) {
      check_.equal += 1;
    } else if (check_.differing.size() < kDifferingMax) {
      check_.differing.push_back(name);
    }
    one_done();
    return true;
  }

  const std::vector<StoredCompletion>& stored_;
  const RunManifest& manifest_;
  runners::Runner& runner_;
  ReproCheck& check_;  // guarded by mutex_
  const std::string way_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::optional<Error> error_;  // guarded by mutex_
};

Result<void> check_runner(const StoredCompletion& one, const RunManifest& manifest,
                          const runners::Runner& runner) {
  if (manifest.runner == runner.description()) return {};
  return fail(ErrorCode::Usage, "the runner is not the one that generated the run",
              fmt::format("run: {}; now: {}", manifest.runner, runner.description()),
              one.fingerprint.empty() ? ""
                                      : "tokens are promised to be equal on one backend only; to "
                                        "compare anyway add --other-runner");
}

}  // namespace

Result<ReproCheck> verify_repro(const std::vector<StoredCompletion>& stored,
                                const RunManifest& manifest, runners::Runner& runner,
                                const ReproOptions& options, const Clock& clock,
                                std::stop_token stop) {
  if (stored.empty()) {
    return fail(ErrorCode::NotFound, "the run has no completions with a token hash",
                "run " + manifest.run_id, "only runs of a local model have them");
  }
  if (!options.other_runner_is_fine) EVAL_TRY(check_runner(stored.front(), manifest, runner));
  ReproCheck check;
  check.fingerprint = runner.description();
  check.share = options.share;
  check.stored = static_cast<int>(stored.size());
  std::vector<std::size_t> order = choose(stored.size(), options);
  const int total = static_cast<int>(order.size() * options.at_once.size());
  SplitMix64 random(derive_seed(options.seed, "order", 0));
  for (const int at_once : options.at_once) {
    shuffle(order, random);
    check.ways.push_back(fmt::format("{} at once, shuffled", at_once));
    Round round(stored, manifest, runner, check, check.ways.back());
    const auto one_done = [&] {
      if (options.progress) options.progress(check.replayed, total);
    };
    EVAL_TRY(round.run(order, at_once, one_done, stop));
  }
  std::ranges::sort(check.differing);
  check.made_ms = clock.unix_ms();
  return check;
}

Json to_json(const ReproCheck& check) {
  return Json{
      {"fingerprint", check.fingerprint}, {"share", check.share},    {"stored", check.stored},
      {"replayed", check.replayed},       {"equal", check.equal},    {"ways", check.ways},
      {"differing", check.differing},     {"made_ms", check.made_ms}};
}

Result<ReproCheck> repro_check_from_json(const Json& json) {
  ReproCheck check;
  const auto texts = [&](std::string_view key) -> Result<std::vector<std::string>> {
    std::vector<std::string> list;
    const Json* member = find_member(json, key);
    if (member == nullptr) return list;
    for (const Json& element : *member) {
      if (!element.is_string()) return fail(ErrorCode::BadInput, "a list should be of texts");
      list.push_back(element.get<std::string>());
    }
    return list;
  };
  check.fingerprint = EVAL_TRY(read_string(json, "fingerprint"));
  check.share = EVAL_TRY(read_number(json, "share", 0));
  check.stored = static_cast<int>(EVAL_TRY(read_integer(json, "stored", 0)));
  check.replayed = static_cast<int>(EVAL_TRY(read_integer(json, "replayed", 0)));
  check.equal = static_cast<int>(EVAL_TRY(read_integer(json, "equal", 0)));
  check.ways = EVAL_TRY(texts("ways"));
  check.differing = EVAL_TRY(texts("differing"));
  check.made_ms = EVAL_TRY(read_integer(json, "made_ms", 0));
  return check;
}

}  // namespace eval::evaluator
