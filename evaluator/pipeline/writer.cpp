#include "evaluator/pipeline/writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace eval::evaluator {
namespace {

using judges::Verdict;

// The least time between two commits, as long as nothing waits that money was paid for: a commit costs
// as much as judging a small program. A kill loses what was judged or read from a recording meanwhile,
// and it is done again.
constexpr std::chrono::milliseconds kCommitPause{100};
// Records of one transaction. Workers that look something up wait for it, some 20 ms.
constexpr std::size_t kGroupMax = 128;

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
  std::vector<Record> group;
  while (true) {
    auto record = group.empty() ? session_.records.pop() : session_.records.pop_until(due_);
    if (!record && group.empty()) return;
    bool is_due = !record || Time::now() >= due_;
    // After an Error of the run no more is taken.
    if (record && !session_.run_error()) {
      is_due = is_due || costs_money(*record) || group.size() + 1 == kGroupMax;
      group.push_back(*std::move(record));
    }
    if (!is_due || group.empty()) continue;
    write(group);
    group.clear();
    due_ = Time::now() + kCommitPause;
  }
}

void Writer::write(std::span<const Record> group) {
  const auto all = session_.store->together([&]() -> Result<void> {
    for (const Record& record : group) EVAL_TRY(store_rows(record));
    return {};
  });
  if (all) {
    for (const Record& record : group) count_and_tell(record);
    return;
  }
  if (group.size() > 1) {
    // What one of them cannot have is not taken from those before it.
    for (std::size_t i = 0; i < group.size() && !session_.run_error(); ++i) {
      write(group.subspan(i, 1));
    }
    return;
  }
  session_.fail_run(Error(all.error()).in("attempt of " + group.front().work.problem->id));
}

bool Writer::costs_money(const Record& record) const {
  return !session_.is_recorded(*record.work.problem) &&
         std::ranges::any_of(record.turns,
                             [](const Turn& turn) { return !turn.generation.from_cache; });
}

Result<void> Writer::store_rows(const Record& record) {
  Store& store = *session_.store;
  const std::int64_t id = record.work.attempt_id;
  for (const AttemptError& error : record.errors) EVAL_TRY(store.add_error(id, error));
  for (std::size_t turn = 0; turn < record.turns.size(); ++turn) {
    EVAL_TRY(store.add_generation(id, record.first_turn + static_cast<int>(turn),
                                  record.turns[turn].prompt, record.turns[turn].generation));
  }
  if (record.kind == Record::Kind::Judged) {
    EVAL_TRY(store.add_judgement(id, record.submission, record.judgement));
  }
  if (record.cache_key.empty()) return {};
  return store.cache_judgement(record.cache_key, record.judgement);
}

void Writer::count_and_tell(const Record& record) {
  if (!record.cache_key.empty()) session_.fresh_verdicts.remove(record.cache_key);
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
