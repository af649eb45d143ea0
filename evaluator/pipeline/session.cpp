#include "evaluator/pipeline/session.h"

#include <algorithm>
#include <utility>

#include "evaluator/prompt.h"
#include "judges/language.h"

namespace eval::evaluator {
namespace {

// Finished stages waiting for the store. Commits take about a millisecond, so this fills only when
// the disk stalls, and then workers should wait.
constexpr std::size_t kRecordsMax = 256;

Result<runners::Prompt> build_prompt(const problems::Problem& problem, const RunConfig& config) {
  const std::vector<PromptSample> samples = EVAL_TRY(samples_to_add(problem));
  return make_prompt(problem, samples, {config.prompt_template, config.preferred_languages},
                     judges::Languages::built_in());
}

// Whether chance cannot change the verdict back. A loaded machine can make any program miss its
// time limit, so what saw a time limit is judged afresh; JE, IE and NA say nothing about a program.
bool is_worth_keeping(const judges::Judgement& judgement) {
  switch (judgement.verdict) {
    case judges::Verdict::NA:
    case judges::Verdict::JE:
    case judges::Verdict::IE:
    case judges::Verdict::TLE:
      return false;
    case judges::Verdict::AC:
    case judges::Verdict::PC:
    case judges::Verdict::WA:
    case judges::Verdict::MLE:
    case judges::Verdict::OLE:
    case judges::Verdict::RE:
    case judges::Verdict::CE:
      break;
  }
  return std::ranges::none_of(judgement.tests, [](const judges::TestResult& test) {
    return test.verdict == judges::Verdict::TLE || test.verdict == judges::Verdict::JE;
  });
}

}  // namespace

Session::Session(RunConfig run_config, const Services& services, Strategy run_strategy)
    : config(std::move(run_config)),
      store(services.store),
      runner(services.runner),
      judge(services.judge),
      clock(services.clock),
      open_world(services.open_world),
      strategy(std::move(run_strategy)),
      to_judge(config.queue_capacity),
      records(kRecordsMax) {}

const WorkItem* Session::next_to_generate() {
  if (stop.stop_requested()) return nullptr;
  const std::size_t index = next_.fetch_add(1);
  return index < to_generate.size() ? &to_generate[index] : nullptr;
}

void Session::hand_over(Record record) {
  if (!is_worth_keeping(record.judgement)) record.cache_key.clear();
  if (!record.cache_key.empty()) fresh_verdicts.add(record.cache_key, record.judgement);
  records.push(std::move(record));
}

Result<std::optional<judges::Judgement>> Session::cached_judgement(const std::string& key) {
  auto fresh = fresh_verdicts.find(key);
  if (fresh) return fresh;
  return store->cached_judgement(key);
}

bool Session::is_recorded(const problems::Problem& problem) const {
  // Behind a recording of first turns there is a model for the others.
  return !strategy.has_turns && runner != nullptr &&
         runner->attempts_available(problem.id).has_value();
}

Result<runners::Prompt> Session::prompt_for(const problems::Problem& problem) {
  const std::lock_guard lock(prompts_mutex_);
  const auto known = prompts_.find(&problem);
  if (known != prompts_.end()) return known->second;
  Result<runners::Prompt> prompt = build_prompt(problem, config);
  const bool is_recording = runner != nullptr && runner->attempts_available(problem.id).has_value();
  if (!prompt && is_recording) prompt = runners::Prompt{};
  prompts_.emplace(&problem, prompt);
  return prompt;
}

void Session::fail_run(Error error) {
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  stop.request_stop();
}

std::optional<Error> Session::run_error() {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Session::set_threads(int producer_count, int worker_count) {
  const std::lock_guard lock(mutex_);
  producers_ = producer_count;
  workers_ = worker_count;
  if (producers_ == 0) to_judge.close();
  if (workers_ == 0) records.close();
}

void Session::producer_done() {
  const std::lock_guard lock(mutex_);
  if (--producers_ == 0) to_judge.close();
  worker_done_locked();
}

void Session::judge_done() {
  const std::lock_guard lock(mutex_);
  worker_done_locked();
}

void Session::worker_done_locked() {
  if (--workers_ == 0) records.close();
  changed_.notify_all();
}

void Session::wait_for_workers() {
  std::unique_lock lock(mutex_);
  const auto all_done = [&] { return workers_ == 0; };
  if (changed_.wait(lock, stop.get_token(), all_done)) return;
  if (!changed_.wait_for(lock, config.stop_grace, all_done)) records.close();
}

int Session::workers_left() {
  const std::lock_guard lock(mutex_);
  return workers_;
}

bool Session::pause(std::chrono::milliseconds duration) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop.get_token(), duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace eval::evaluator
