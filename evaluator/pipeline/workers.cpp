#include "evaluator/pipeline/workers.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "evaluator/pipeline/plan.h"
#include "evaluator/pipeline/turn_effects.h"
#include "evaluator/submission_maker.h"
#include "judges/language.h"

namespace eval::evaluator {
namespace {

// Whether the same call may succeed in a moment, see RunConfig::infrastructure_tries.
bool may_mend(ErrorCode code) {
  switch (code) {
    case ErrorCode::Infrastructure:
    case ErrorCode::Io:
    case ErrorCode::Busy:
    case ErrorCode::Internal:
      return true;
    case ErrorCode::Usage:
    case ErrorCode::BadInput:
    case ErrorCode::NotFound:
    case ErrorCode::Unsupported:
    case ErrorCode::Network:
    case ErrorCode::Cancelled:
      return false;
  }
  return false;
}

// Calls `step` until it succeeds, fails for good, or its tries are used up; each failure is added to
// `errors`. After a stop the Error is Cancelled, and `errors` does not hold it.
template <class Step>
auto with_tries(Session& session, Stage stage, std::vector<AttemptError>& errors, Step step)
    -> decltype(step()) {
  auto pause = session.config.retry_pause;
  for (int number = 1;; ++number) {
    auto result = step();
    if (result) return result;
    // A call that was cut short failed because of us, whatever it says.
    if (session.stop.stop_requested()) return fail(ErrorCode::Cancelled, "the run was stopped");
    errors.push_back({stage, number, result.error(), session.clock->unix_ms()});
    if (!may_mend(result.error().code) || number >= session.config.infrastructure_tries) {
      return result;
    }
    if (!session.pause(pause)) return fail(ErrorCode::Cancelled, "the run was stopped");
    pause *= 2;
  }
}

void push_failed(Session& session, const WorkItem& work, std::vector<AttemptError> errors) {
  Record record;
  record.kind = Record::Kind::Failed;
  record.work = work;
  record.errors = std::move(errors);
  session.hand_over(std::move(record));
}

// The top of a worker for one attempt: an exception here is a bug or memory used up, and costs this
// attempt, not the run.
template <class Body>
void guarded(Session& session, const WorkItem& work, Stage stage, Body body) {
  std::string what = "an unexpected exception";
  try {
    body();
    return;
  } catch (const std::exception& exception) {
    what += std::string(": ") + exception.what();
  } catch (...) {
  }
  Error error{ErrorCode::Internal, what, "attempt of " + work.problem->id, "", 0, {}};
  push_failed(session, work, {{stage, 1, std::move(error), session.clock->unix_ms()}});
}

Result<runners::Generation> one_turn(Session& session, const WorkItem& work, int turn,
                                     const runners::Prompt& prompt) {
  runners::GenerationRequest request;
  request.problem_id = work.problem->id;
  request.attempt = work.index;
  request.turn = turn;
  request.prompt = prompt;
  request.sampling = session.config.sampling;
  request.sampling.seed = seed_of_turn(work.seed, turn);
  runners::Generation generation =
      EVAL_TRY(session.runner->generate(request, session.stop.get_token()));
  // Half a reply that our own stop cut is no generation.
  if (session.stop.stop_requested() &&
      generation.finish_reason == runners::FinishReason::Cancelled) {
    return fail(ErrorCode::Cancelled, "the run was stopped");
  }
  return generation;
}

// Asks for turns that do not depend on each other, side by side. `so_far` grows, and the writer gets
// each turn as soon as all before it are there: what is stored is always a beginning of the attempt.
class TurnBatch {
 public:
  // `world`: where a strategy that acts does so, with one turn at a time; else null.
  TurnBatch(Session& session, const WorkItem& work, std::vector<runners::Generation>& so_far,
            AgentWorld* world)
      : session_(session), work_(work), so_far_(so_far), world_(world), first_(so_far.size()) {}

  // An Error has been added to `errors`, unless it is from a stop.
  Result<void> ask(const std::vector<runners::Prompt>& prompts, std::vector<AttemptError>& errors) {
    replies_.resize(prompts.size());
    {
      std::vector<std::jthread> helpers;
      for (std::size_t i = 1; i < prompts.size(); ++i) {
        helpers.emplace_back([&] { work(prompts, errors); });
      }
      work(prompts, errors);
    }
    if (error_) return fail(*std::move(error_));
    return {};
  }

 private:
  void work(const std::vector<runners::Prompt>& prompts, std::vector<AttemptError>& errors) {
    for (std::size_t i = next_.fetch_add(1); i < prompts.size(); i = next_.fetch_add(1)) {
      // Runners may ignore a stop for what they have at hand; a strategy of many turns must not.
      if (session_.stop.stop_requested()) {
        const std::lock_guard lock(mutex_);
        if (!error_) error_ = Error{ErrorCode::Cancelled, "the run was stopped", "", "", 0, {}};
        return;
      }
      const int turn = static_cast<int>(first_ + i);
      std::vector<AttemptError> tries;
      auto generation = turn_with_tries(turn, prompts[i], tries);
      const std::lock_guard lock(mutex_);
      errors.insert(errors.end(), tries.begin(), tries.end());
      if (generation) {
        replies_[i] = *std::move(generation);
        hand_over(prompts);
      } else {
        if (!error_) error_ = std::move(generation).error();
        next_ = prompts.size();
      }
    }
  }

  // Exceptions end here, at the top of a helper's work: they are a bug or memory used up.
  Result<runners::Generation> turn_with_tries(int turn, const runners::Prompt& prompt,
                                              std::vector<AttemptError>& tries) {
    std::string what = "an unexpected exception";
    try {
      auto generation = with_tries(session_, Stage::Generate, tries,
                                   [&] { return one_turn(session_, work_, turn, prompt); });
      if (generation && turn < session_.strategy.judged_turns) {
        const auto judged = with_tries(session_, Stage::Judge, tries,
                                       [&] { return judge_turn(session_, work_, *generation); });
        if (!judged) return fail(judged.error());
      }
      if (!generation || world_ == nullptr) return generation;
      // Not tried again: half an action may have had its effect.
      const auto acted = act_on(session_, *world_, *generation);
      if (acted) return generation;
      if (session_.stop.stop_requested()) return fail(ErrorCode::Cancelled, "the run was stopped");
      tries.push_back({Stage::Generate, 1, acted.error(), session_.clock->unix_ms()});
      return fail(acted.error());
    } catch (const std::exception& exception) {
      what += std::string(": ") + exception.what();
    } catch (...) {
    }
    Error error{ErrorCode::Internal, what, "attempt of " + work_.problem->id, "", 0, {}};
    tries.push_back({Stage::Generate, 1, error, session_.clock->unix_ms()});
    return fail(std::move(error));
  }

  void hand_over(const std::vector<runners::Prompt>& prompts) {
    while (so_far_.size() - first_ < replies_.size() && replies_[so_far_.size() - first_]) {
      const std::size_t i = so_far_.size() - first_;
      if (session_.strategy.has_turns) {
        Record record;
        record.kind = Record::Kind::Turn;
        record.work = work_;
        record.first_turn = static_cast<int>(so_far_.size());
        record.turns.push_back({prompts[i], *replies_[i]});
        session_.hand_over(std::move(record));
      }
      so_far_.push_back(*std::move(replies_[i]));
    }
  }

  Session& session_;
  const WorkItem& work_;
  std::vector<runners::Generation>& so_far_;  // guarded by mutex_
  AgentWorld* const world_;
  const std::size_t first_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::vector<std::optional<runners::Generation>> replies_;  // guarded by mutex_
  std::optional<Error> error_;                               // guarded by mutex_
};

// An attempt with all its turns.
struct Conversation {
  runners::Prompt first;
  std::vector<runners::Generation> so_far;
  std::vector<Turn> turns;  // of an attempt with one turn, which is stored with its end
};

// Runs the strategy to its end, from where an earlier session left it.
Result<Conversation> converse(Session& session, const WorkItem& work,
                              std::vector<AttemptError>& errors) {
  Conversation talk;
  talk.first = EVAL_TRY(with_tries(session, Stage::Generate, errors,
                                   [&] { return session.prompt_for(*work.problem); }));
  if (work.resumes) {
    auto attempt = session.store->attempt(session.run_id, work.problem->id, work.index);
    if (!attempt) {
      session.fail_run(attempt.error());
      return fail(std::move(attempt).error());
    }
    talk.so_far = std::move(attempt->generations);
  }
  const StrategyView view{*work.problem, talk.first, talk.so_far, session.config.prompt_template};
  std::unique_ptr<AgentWorld> world;
  if (session.strategy.action_of && !session.strategy.next(view).empty()) {
    world = EVAL_TRY(with_tries(session, Stage::Generate, errors,
                                [&] { return open_world(session, work, talk.so_far); }));
  }
  while (true) {
    const std::vector<runners::Prompt> prompts = session.strategy.next(view);
    if (prompts.empty()) return talk;
    EVAL_TRY(TurnBatch(session, work, talk.so_far, world.get()).ask(prompts, errors));
    if (!session.strategy.has_turns) talk.turns.push_back({prompts.front(), talk.so_far.back()});
  }
}

void generate_attempt(Session& session, const WorkItem& work) {
  std::vector<AttemptError> errors;
  auto talk = converse(session, work, errors);
  if (!talk) {
    if (!session.stop.stop_requested()) push_failed(session, work, std::move(errors));
    return;
  }
  const std::size_t chosen = session.strategy.chosen({*work.problem, talk->first, talk->so_far});
  JudgeItem next{work, talk->so_far[chosen]};
  Record record;
  record.kind = Record::Kind::Generated;
  record.work = work;
  record.errors = std::move(errors);
  record.turns = std::move(talk->turns);
  for (const runners::Generation& generation : talk->so_far) {
    record.completion_tokens += generation.completion_tokens.value_or(0);
  }
  // First to the writer: the queue keeps the order, so no judgement is stored before its generation.
  session.hand_over(std::move(record));
  if (session.config.judge) {
    session.to_judge.push(std::move(next), session.stop.get_token());
  }
}

void feed_attempt(Session& session, const WorkItem& work) {
  auto attempt = session.store->attempt(session.run_id, work.problem->id, work.index);
  if (!attempt) return session.fail_run(std::move(attempt).error());
  std::vector<runners::Generation>& turns = attempt->generations;
  std::size_t chosen = turns.size() - 1;
  if (session.strategy.has_turns) {
    const auto first = session.prompt_for(*work.problem);
    if (!first) return session.fail_run(first.error());
    const StrategyView view{*work.problem, *first, turns, session.config.prompt_template};
    // An attempt that is under way has nothing to judge yet; `evalctl run` goes on with it.
    if (!session.strategy.next(view).empty()) return;
    chosen = session.strategy.chosen(view);
  }
  JudgeItem next{work, std::move(turns[chosen])};
  if (session.config.use_earlier_times && !attempt->judgements.empty()) {
    next.earlier_submission = std::move(attempt->submission);
    next.earlier = std::move(attempt->judgements.back());
  }
  session.to_judge.push(std::move(next), session.stop.get_token());
}

struct Judged {
  judges::Judgement judgement;
  std::string cache_key;  // empty: no cache
};

// The verdict of the cache; nullopt if there is none. A failing store ends the run.
std::optional<judges::Judgement> find_cached(Session& session, const std::string& key) {
  // A worker that outlived the run must not touch the store, which may be gone.
  if (session.stop.stop_requested()) return std::nullopt;
  auto cached = session.cached_judgement(key);
  if (cached) return *std::move(cached);
  session.fail_run(std::move(cached).error());
  return std::nullopt;
}

Result<Judged> judge_submission(Session& session, const JudgeItem& item,
                                const judges::Submission& submission) {
  const problems::Problem& problem = *item.work.problem;
  Judged judged;
  if (item.earlier && item.earlier_submission &&
      item.earlier_submission->submission == submission) {
    judged.judgement = EVAL_TRY(session.judge->judge_with_times(problem, submission, *item.earlier,
                                                                session.stop.get_token()));
    return judged;
  }
  if (session.config.use_verdict_cache) {
    judged.cache_key = EVAL_TRY(session.judge->cache_key(problem, submission));
    if (!session.config.judge_again) {
      if (auto cached = find_cached(session, judged.cache_key)) {
        return Judged{*std::move(cached), ""};
      }
    }
  }
  judged.judgement = EVAL_TRY(session.judge->judge(problem, submission, session.stop.get_token()));
  return judged;
}

judges::Judgement no_submission(std::string reason) {
  judges::Judgement judgement;
  judgement.verdict = judges::Verdict::NA;
  judgement.detail = std::move(reason);
  judgement.fingerprint = "not judged";
  return judgement;
}

void judge_attempt(Session& session, const JudgeItem& item) {
  const problems::Problem& problem = *item.work.problem;
  std::vector<AttemptError> errors;
  const SubmissionOptions options = submission_options(session.config);
  auto made = with_tries(session, Stage::Extract, errors, [&] {
    return make_submission(item.generation, problem, options, judges::Languages::built_in());
  });
  Record record;
  record.kind = Record::Kind::Judged;
  record.work = item.work;
  if (made && !made->submission) record.judgement = no_submission(std::move(made->reason));
  if (made && made->submission) {
    auto judged = with_tries(session, Stage::Judge, errors, [&] {
      return judge_submission(session, item, made->submission->submission);
    });
    if (judged) {
      record.judgement = std::move(judged->judgement);
      record.cache_key = std::move(judged->cache_key);
      record.submission = std::move(made->submission);
    } else {
      record.kind = Record::Kind::Failed;
    }
  }
  if (!made) record.kind = Record::Kind::Failed;
  if (record.kind == Record::Kind::Failed && session.stop.stop_requested()) return;
  record.errors = std::move(errors);
  session.hand_over(std::move(record));
}

}  // namespace

void generate_loop(Session& session) {
  while (const WorkItem* work = session.next_to_generate()) {
    guarded(session, *work, Stage::Generate, [&] { generate_attempt(session, *work); });
  }
  session.producer_done();
}

void feed_loop(Session& session) {
  for (const WorkItem& work : session.generated) {
    if (session.stop.stop_requested()) break;
    guarded(session, work, Stage::Extract, [&] { feed_attempt(session, work); });
  }
  session.producer_done();
}

void judge_loop(Session& session) {
  while (const auto item = session.to_judge.pop(session.stop.get_token())) {
    guarded(session, item->work, Stage::Judge, [&] { judge_attempt(session, *item); });
  }
  session.judge_done();
}

}  // namespace eval::evaluator
