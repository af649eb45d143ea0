#include "evaluator/pipeline/writer.h"

#include <algorithm>
#include <utility>

namespace eval::evaluator {
namespace {

using judges::Verdict;

// Whether chance cannot change the verdict back. A loaded machine can make any program miss its
// time limit, so what saw a time limit is judged afresh; JE, IE and NA say nothing about a program.
bool is_worth_keeping(const judges::Judgement& judgement) {
  switch (judgement.verdict) {
    case Verdict::NA:
    case Verdict::JE:
    case Verdict::IE:
    case Verdict::TLE:
      return false;
    case Verdict::AC:
    case Verdict::PC:
    case Verdict::WA:
    case Verdict::MLE:
    case Verdict::OLE:
    case Verdict::RE:
    case Verdict::CE:
      break;
  }
  return std::ranges::none_of(judgement.tests, [](const judges::TestResult& test) {
    return test.verdict == Verdict::TLE || test.verdict == Verdict::JE;
  });
}

RunEvent::Kind event_kind(Record::Kind kind) {
  switch (kind) {
    case Record::Kind::Turn:
    case Record::Kind::Verdict:
    case Record::Kind::Generated:
      return RunEvent::Kind::Generated;
    case Record::Kind::Judged:
      return RunEvent::Kind::Judged;
    case Record::Kind::Failed:
      return RunEvent::Kind::Failed;
  }
  return RunEvent::Kind::Failed;
}

}  // namespace

Writer::Writer(Session& session, Observer observer, RunEvent totals, std::size_t work)
    : session_(session),
      observer_(std::move(observer)),
      totals_(std::move(totals)),
      pending_(work) {}

void Writer::started() {
  RunEvent event;
  event.kind = RunEvent::Kind::Started;
  tell(std::move(event));
}

void Writer::finished() {
  RunEvent event;
  event.kind = RunEvent::Kind::Finished;
  tell(std::move(event));
}

void Writer::drain() {
  while (const auto record = session_.records.pop()) {
    if (session_.run_error()) continue;
    auto committed = commit(*record);
    if (committed) {
      count_and_tell(*record);
    } else {
      session_.fail_run(std::move(committed).error().in("attempt of " + record->work.problem->id));
    }
  }
}

Result<void> Writer::commit(const Record& record) {
  Store& store = *session_.store;
  const std::int64_t id = record.work.attempt_id;
  for (const AttemptError& error : record.errors) EVAL_TRY(store.add_error(id, error));
  for (std::size_t turn = 0; turn < record.turns.size(); ++turn) {
    EVAL_TRY(store.add_generation(id, record.first_turn + static_cast<int>(turn),
                                  record.turns[turn].prompt, record.turns[turn].generation));
  }
  if (record.kind == Record::Kind::Judged) {
    EVAL_TRY(store.add_judgement(id, record.submission, record.judgement));
  } else if (record.kind != Record::Kind::Verdict) {
    return {};
  }
  if (record.cache_key.empty() || !is_worth_keeping(record.judgement)) return {};
  return store.cache_judgement(record.cache_key, record.judgement);
}

void Writer::count_and_tell(const Record& record) {
  // Told of when the attempt is generated, and judged.
  if (record.kind == Record::Kind::Turn || record.kind == Record::Kind::Verdict) return;
  RunEvent event;
  event.kind = event_kind(record.kind);
  event.problem_id = record.work.problem->id;
  event.attempt = record.work.index;
  switch (record.kind) {
    case Record::Kind::Turn:
    case Record::Kind::Verdict:
      break;
    case Record::Kind::Generated:
      ++totals_.generated;
      if (!session_.config.judge) --pending_;
      event.completion_tokens = record.completion_tokens;
      for (const Turn& turn : record.turns) event.from_cache = turn.generation.from_cache;
      break;
    case Record::Kind::Judged:
      if (!record.work.was_judged) ++totals_.judged;
      --pending_;
      event.verdict = record.judgement.verdict;
      event.points = record.judgement.points;
      event.tests_run = static_cast<int>(record.judgement.tests.size());
      event.from_cache = record.judgement.from_cache;
      break;
    case Record::Kind::Failed:
      // A judgement that exists still counts when judging again fails.
      if (!record.work.was_judged) {
        ++totals_.failed;
        event.verdict = Verdict::IE;
      }
      --pending_;
      event.error = record.errors.back().error;
      break;
  }
  tell(std::move(event));
}

void Writer::tell(RunEvent event) {
  if (!observer_) return;
  event.run_id = session_.run_id;
  event.planned = totals_.planned;
  event.generated = totals_.generated;
  event.judged = totals_.judged;
  event.failed = totals_.failed;
  observer_(event);
}

}  // namespace eval::evaluator
