#include "evaluator/pipeline/workers.h"

#include <exception>
#include <utility>

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
  session.records.push(std::move(record));
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
  request.sampling.seed = work.seed;
  runners::Generation generation =
      EVAL_TRY(session.runner->generate(request, session.stop.get_token()));
  // Half a reply that our own stop cut is no generation.
  if (session.stop.stop_requested() &&
      generation.finish_reason == runners::FinishReason::Cancelled) {
    return fail(ErrorCode::Cancelled, "the run was stopped");
  }
  return generation;
}

// All turns of an attempt. An Error has been added to `errors`, unless it is from a stop.
Result<std::vector<Turn>> all_turns(Session& session, const WorkItem& work,
                                    std::vector<AttemptError>& errors) {
  const auto first = with_tries(session, Stage::Generate, errors,
                                [&] { return session.prompt_for(*work.problem); });
  if (!first) return fail(first.error());
  std::vector<Turn> turns;
  std::vector<runners::Generation> so_far;
  while (std::optional<runners::Prompt> prompt = session.strategy.next(*first, so_far)) {
    const int turn = static_cast<int>(turns.size());
    runners::Generation generation = EVAL_TRY(with_tries(
        session, Stage::Generate, errors, [&] { return one_turn(session, work, turn, *prompt); }));
    so_far.push_back(generation);
    turns.push_back({*std::move(prompt), std::move(generation)});
  }
  return turns;
}

void generate_attempt(Session& session, const WorkItem& work) {
  std::vector<AttemptError> errors;
  auto turns = all_turns(session, work, errors);
  if (!turns) {
    if (!session.stop.stop_requested()) push_failed(session, work, std::move(errors));
    return;
  }
  JudgeItem next{work, turns->back().generation};
  Record record;
  record.kind = Record::Kind::Generated;
  record.work = work;
  record.errors = std::move(errors);
  record.turns = *std::move(turns);
  // First to the writer: the queue keeps the order, so no judgement is stored before its generation.
  session.records.push(std::move(record));
  if (session.config.judge) {
    session.to_judge.push(std::move(next), session.stop.get_token());
  }
}

void feed_attempt(Session& session, const WorkItem& work) {
  auto attempt = session.store->attempt(session.run_id, work.problem->id, work.index);
  if (!attempt) return session.fail_run(std::move(attempt).error());
  JudgeItem next{work, std::move(attempt->generations.back())};
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
  auto cached = session.store->cached_judgement(key);
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
  const SubmissionOptions options{session.config.extraction, session.config.preferred_languages};
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
  session.records.push(std::move(record));
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
