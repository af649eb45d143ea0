#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace eval::testing {

// A clock that stands still until a test moves it. Thread-safe.
class ManualClock final : public Clock {
 public:
  // Pi day 2026, 15:09:26 UTC, unless the test says otherwise.
  explicit ManualClock(std::int64_t unix_ms = 1'773'500'966'000) : unix_ms_(unix_ms) {}

  std::int64_t unix_ms() const override { return unix_ms_; }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::milliseconds(unix_ms_);
  }
  void advance(std::chrono::milliseconds step);

 private:
  std::atomic<std::int64_t> unix_ms_;
};

}  // namespace eval::testing
