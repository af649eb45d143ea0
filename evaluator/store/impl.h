#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "evaluator/store/database.h"
#include "evaluator/store/run_lock.h"
#include "evaluator/store/store.h"

// What the parts of the Store share. Internal to this folder.
namespace eval::evaluator {

struct Store::Impl {
  Impl(Database opened, fs::path file, const Clock& its_clock)
      : database(std::move(opened)), path(std::move(file)), clock(&its_clock) {}

  std::recursive_mutex mutex;            // together() holds it around other calls
  Database database;                     // guarded by mutex
  std::map<std::string, RunLock> locks;  // by run id; guarded by mutex
  fs::path path;
  const Clock* clock;
};

// Keeps `content` once and returns its SHA-256. Call inside a transaction.
Result<std::string> put_blob(Database& database, std::string_view content);

// Which attempts to read: all of one run, or one. `value` is the row id.
struct AttemptSelection {
  enum class By { Run, Attempt };
  By by = By::Run;
  std::int64_t value = 0;
};

// In plan order, with a fixed number of statements whatever the number of attempts.
Result<std::vector<Attempt>> read_attempts(Database& database, AttemptSelection selection,
                                           bool with_texts);

// The row id of a run; NotFound with the closest name.
Result<std::int64_t> run_row(Database& database, const std::string& run_id);

}  // namespace eval::evaluator
