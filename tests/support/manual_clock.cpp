#include "tests/support/manual_clock.h"

namespace eval::testing {

void ManualClock::advance(std::chrono::milliseconds step) {
  unix_ms_ += step.count();
}

}  // namespace eval::testing
