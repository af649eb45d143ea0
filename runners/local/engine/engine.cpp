// Theory of operation
//
//   callers --> arrivals (bounded) --> scheduler --> steps of the backend
//      ^                                   |
//      +---- each waits on its own Job <---+
//
// The thread takes in what arrived and forgets what was cancelled between two steps; so scheduler, model
// and backend are its own, and only Jobs and the arrivals are shared. A caller that is stopped leaves
// at once and marks its Job; the thread drops it before its next step.

#include "runners/local/engine/engine.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace eval::runners::local {
namespace {

// Callers block until theirs is done, so this is never reached by fewer threads than that.
constexpr std::size_t kArrivalsMax = 4096;

std::chrono::nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

// What a caller and the thread share about one completion.
struct Job {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::optional<Result<Completion>> result;  // guarded by mutex
  bool is_abandoned = false;                 // guarded by mutex
  CompletionRequest request;                 // the thread's once it has arrived
  std::stop_token stop;
  std::chrono::nanoseconds arrived_at{0};

  void finish(Result<Completion> value) {
    const std::lock_guard lock(mutex);
    result = std::move(value);
    changed.notify_all();
  }
};
using JobPtr = std::shared_ptr<Job>;

Error shutting_down() {
  return {ErrorCode::Cancelled, "the model is being closed", {}, {}, 0, {}};
}

}  // namespace

Result<std::vector<SampledToken>> run_plan(const StepPlan& plan, const Model& model,
                                           Backend& backend) {
  for (const StateOp& op : plan.ops) {
    switch (op.kind) {
      case StateOp::Kind::ClearSlot:
        backend.clear_slot(op.to);
        break;
      case StateOp::Kind::CopySlot:
        backend.copy_slot(op.from, op.to);
        break;
      case StateOp::Kind::CopyPage:
        backend.copy_page(op.from, op.to);
        break;
    }
  }
  if (plan.step.rows() == 0) return std::vector<SampledToken>();
  const Tensor logits = EVAL_TRY(forward(model, plan.step, backend));
  if (plan.rules.empty()) return std::vector<SampledToken>();
  return backend.sample(logits, plan.rules);
}

struct Engine::State {
  State(Model the_model, std::unique_ptr<Backend> the_backend, const SchedulerOptions& schedule)
      : backend(std::move(the_backend)), model(std::move(the_model)), scheduler(schedule) {}

  // The weights of `model` live in `backend`: they go first.
  std::unique_ptr<Backend> backend;
  Model model;
  Scheduler scheduler;                // the thread's
  std::map<SequenceId, JobPtr> jobs;  // the thread's

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<JobPtr> arrivals;  // guarded by mutex
  std::optional<Error> broken;  // guarded by mutex: why the device is gone
  SchedulerCounts counts;       // guarded by mutex
  std::atomic<bool> some_abandoned{false};
  std::jthread thread;  // last: it ends before the rest goes

  void loop(const std::stop_token& stop);
  void take_in(const std::stop_token& stop);
  void admit(const JobPtr& job);
  void forget_abandoned();
  Result<void> step();
  void end_all(const Error& error);
};

void Engine::State::take_in(const std::stop_token& stop) {
  std::deque<JobPtr> arrived;
  {
    std::unique_lock lock(mutex);
    if (scheduler.is_idle()) changed.wait(lock, stop, [&] { return !arrivals.empty(); });
    arrived.swap(arrivals);
    counts = scheduler.counts();
    changed.notify_all();  // there is room again
  }
  for (const JobPtr& job : arrived) admit(job);
}

void Engine::State::admit(const JobPtr& job) {
  CompletionRequest request = std::move(job->request);
  // The caller may be gone, and what its callback refers to with it. (Its sequence goes on until it is
  // forgotten: an end by this callback would look like a stop id.)
  request.on_token = [job, call = std::move(request.on_token)](TokenId token) {
    const std::lock_guard lock(job->mutex);
    const bool is_over = job->is_abandoned || job->stop.stop_requested();
    return is_over || !call || call(token);
  };
  auto id = scheduler.add(std::move(request), job->arrived_at);
  if (!id) return job->finish(fail(std::move(id).error()));
  jobs.emplace(*id, job);
}

void Engine::State::forget_abandoned() {
  if (!some_abandoned.exchange(false)) return;
  std::erase_if(jobs, [&](const auto& entry) {
    const std::lock_guard lock(entry.second->mutex);
    if (entry.second->is_abandoned) scheduler.cancel(entry.first);
    return entry.second->is_abandoned;
  });
}

Result<void> Engine::State::step() {
  const StepPlan& plan = scheduler.plan(now());
  const std::vector<SampledToken> sampled = EVAL_TRY(run_plan(plan, model, *backend));
  std::vector<Finished> through = scheduler.complete(sampled, now());
  {
    const std::lock_guard lock(mutex);
    counts = scheduler.counts();
  }
  for (Finished& finished : through) {
    const auto job = jobs.extract(finished.id);
    job.mapped()->finish(std::move(finished.completion));
  }
  return {};
}

void Engine::State::end_all(const Error& error) {
  for (const auto& [id, job] : jobs) {
    scheduler.cancel(id);
    job->finish(fail(error));
  }
  jobs.clear();
  const std::lock_guard lock(mutex);
  for (const JobPtr& job : arrivals) job->finish(fail(error));
  arrivals.clear();
  broken = error;
  changed.notify_all();
}

void Engine::State::loop(const std::stop_token& stop) {
  try {
    while (!stop.stop_requested()) {
      take_in(stop);
      forget_abandoned();
      if (scheduler.is_idle() || stop.stop_requested()) continue;
      if (auto done = step(); !done) return end_all(done.error());
    }
    end_all(shutting_down());
  } catch (const std::exception& exception) {
    end_all({ErrorCode::Internal,
             fmt::format("an unexpected exception: {}", exception.what()),
             "the model's thread",
             {},
             0,
             {}});
  }
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {
  State* shared = state_.get();
  state_->thread = std::jthread([shared](const std::stop_token& stop) { shared->loop(stop); });
}

Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::create(Model model, std::unique_ptr<Backend> backend,
                                               const SchedulerOptions& schedule,
                                               const StepLimits& limits) {
  const StatePlan plan{state_shape(model.config), schedule.slots, schedule.pages};
  EVAL_TRY(backend->allocate(model.config, plan, limits));
  return std::unique_ptr<Engine>(
      new Engine(std::make_unique<State>(std::move(model), std::move(backend), schedule)));
}

Result<Completion> Engine::complete(CompletionRequest request, std::stop_token stop) {
  for (const TokenId token : request.prompt) {
    if (token >= 0 && token < state_->model.config.vocabulary) continue;
    return fail(ErrorCode::BadInput,
                fmt::format("the prompt has the token {}, beyond the model's vocabulary of {}",
                            token, state_->model.config.vocabulary),
                {}, "tokenizer.json and config.json do not belong together");
  }
  const auto job = std::make_shared<Job>();
  job->request = std::move(request);
  job->stop = stop;
  job->arrived_at = now();
  {
    std::unique_lock lock(state_->mutex);
    const bool has_room = state_->changed.wait(lock, stop, [&] {
      return state_->broken.has_value() || state_->arrivals.size() < kArrivalsMax;
    });
    if (!has_room) return fail(ErrorCode::Cancelled, "the generation was stopped");
    if (state_->broken) return fail(*state_->broken);
    state_->arrivals.push_back(job);
    state_->changed.notify_all();
  }
  std::unique_lock lock(job->mutex);
  job->changed.wait(lock, stop, [&] { return job->result.has_value(); });
  // After a stop no callback was called, so even a result that is there is not what was reported.
  if (!stop.stop_requested()) return *std::move(job->result);
  job->is_abandoned = true;
  state_->some_abandoned = true;
  return fail(ErrorCode::Cancelled, "the generation was stopped");
}

SchedulerCounts Engine::counts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->counts;
}

const ModelConfig& Engine::config() const {
  return state_->model.config;
}

const Backend& Engine::backend() const {
  return *state_->backend;
}

}  // namespace eval::runners::local
