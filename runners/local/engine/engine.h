#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "runners/local/engine/scheduler.h"
#include "runners/local/engine/sequence.h"
#include "runners/local/model/model.h"

namespace eval::runners::local {

// Does what was planned: one token per rule comes back.
Result<std::vector<SampledToken>> run_plan(const StepPlan& plan, const Model& model,
                                           Backend& backend);

// Completions of token ids, many at once, by one thread that drives one backend.
//
// The tokens of a completion depend on its prompt and rule alone: not on what else is in flight, nor on
// the order of arrival, nor on memory running out. (Given a backend that keeps its promise, backend.h.)
class Engine {
 public:
  // Sets state and scratch aside. The model's weights are in `backend`.
  static Result<std::unique_ptr<Engine>> create(Model model, std::unique_ptr<Backend> backend,
                                                const SchedulerOptions& schedule,
                                                const StepLimits& limits);
  // Waits for the step under way. No call may be in flight.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Blocks until the completion is there. Cancelled as soon as `stop` is requested, in the middle of a
  // step if need be; no token is reported after that. BadInput for a token outside the vocabulary, an
  // empty prompt, or one that fills the context. Infrastructure once the device has failed.
  // Thread-safe.
  Result<Completion> complete(CompletionRequest request, std::stop_token stop = {});

  SchedulerCounts counts() const;
  const ModelConfig& config() const;
  const Backend& backend() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace eval::runners::local
