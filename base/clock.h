#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace eval {

// What time it is, and how long things take. A seam: tests inject a fixed or stepping clock.
class Clock {
 public:
  virtual ~Clock() = default;
  // Unix time in milliseconds, UTC. May jump; for timestamps only.
  virtual std::int64_t unix_ms() const = 0;
  // Monotonic; for durations only.
  virtual std::chrono::nanoseconds monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t unix_ms() const override;
  std::chrono::nanoseconds monotonic() const override;
};

// "2026-03-14T15:09:26Z" for a Unix time in milliseconds (fraction dropped).
std::string format_utc(std::int64_t unix_ms);

// "450 ms", "1.25 s", "12m05s", "3h07m": for people.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace eval
