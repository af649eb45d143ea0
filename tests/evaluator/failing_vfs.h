#pragma once

#include <memory>

namespace eval::evaluator::test {

// Puts itself under SQLite as the default file system of this process, passes everything on to the
// real one, and fails the calls it is told to. Removed again when destroyed; one at a time.
class FailingVfs {
 public:
  enum class Fault {
    OneWrite,  // the n-th write fails with an I/O error, later ones work
    DiskFull,  // the n-th write and all after it find the disk full
    OneSync,   // the n-th sync fails with an I/O error, later ones work
  };

  FailingVfs();
  ~FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;

  // Counts calls of the kind of `fault` from now on and fails from the n-th (1 is the first).
  void fail_from(int n, Fault fault);
  void heal();
  bool has_failed() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace eval::evaluator::test
