#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::evaluator {

// The exclusive right to work on one run of one database: a kernel lock on a small file beside the
// database. It goes when the owner is destroyed or the process dies, however it dies; a file left
// behind by a killed process means nothing. Move-only.
class RunLock {
 public:
  // Does not wait. Busy, naming the holder's process id, if the run is taken (by another process or
  // by another Store of this one).
  static Result<RunLock> acquire(const fs::path& database, const std::string& run_id);

  RunLock(RunLock&& other) noexcept = default;
  RunLock& operator=(RunLock&& other) = delete;
  ~RunLock();

 private:
  RunLock(fs::path path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  fs::path path_;
  UniqueFd fd_;
};

}  // namespace eval::evaluator
