#pragma once

#include <string>

#include "evaluator/pipeline/session.h"

namespace eval::evaluator {

// The one place that writes: commits records in the order they come and tells the observer. Runs on
// the thread that called run().
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
  Result<void> commit(const Record& record);
  void count_and_tell(const Record& record);
  void tell(RunEvent event);

  Session& session_;
  Observer observer_;
  RunEvent totals_;
  std::size_t pending_;
};

}  // namespace eval::evaluator
