#pragma once

#include <chrono>
#include <cstddef>
#include <span>

#include "evaluator/pipeline/session.h"

namespace eval::evaluator {

// The one place that writes: commits records in the order they come and tells the observer. A reply that
// was paid for is committed at once, with all that came before it; what can be had again for nothing may
// wait a tenth of a second for more, and then one transaction holds all. Runs on the thread that called
// run().
class Writer {
 public:
  // `totals` counts what earlier sessions of the run left, without what this one tries again.
  Writer(Session& session, Observer observer, RunEvent totals, std::size_t work);

  void started();
  // Until all workers are done or given up; a failing store ends the run, and later records are
  // dropped.
  void drain();
  void finished();

  // Attempts that were to reach their end in this session and did not.
  std::size_t pending() const { return pending_; }

 private:
  // Waits are for a disk and for people, so they are real ones, whatever the run's clock says.
  using Time = std::chrono::steady_clock;

  // Commits and tells of all of them, as one if possible.
  void write(std::span<const Record> group);
  bool costs_money(const Record& record) const;
  Result<void> store_rows(const Record& record);
  void count_and_tell(const Record& record);
  void tell(RunEvent event);

  Session& session_;
  Observer observer_;
  RunEvent totals_;
  std::size_t pending_;
  Time::time_point due_{};  // when the next commit may be
};

}  // namespace eval::evaluator
