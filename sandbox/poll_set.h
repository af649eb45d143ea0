#pragma once

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <limits>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::sandbox {

using Moment = std::chrono::steady_clock::time_point;

// What a thread waits for in one round. Everybody concerned adds descriptors, one wait follows, and
// then everybody asks about the places it was given. Refilled every round: that is cheaper than the
// wait itself, and nothing can be forgotten in it.
class PollSet {
 public:
  static constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

  void clear() { entries_.clear(); }
  // The place to ask `happened` about; kNowhere for a descriptor that is not open.
  std::size_t add(int fd, short events);
  // What poll(2) reported; 0 at kNowhere.
  short happened(std::size_t place) const;

  // Until something happens or `until` has come, in whole milliseconds rounded up, at most a second.
  Result<void> wait(Moment until);

 private:
  std::vector<pollfd> entries_;
};

// A stop request as a descriptor that becomes readable.
class StopEvent {
 public:
  explicit StopEvent(const std::stop_token& stop);
  int fd() const { return event_.value(); }
  bool valid() const { return event_.valid(); }

 private:
  struct Signal {
    int fd;
    void operator()() const;
  };

  UniqueFd event_;
  std::stop_callback<Signal> callback_;  // after the event that it writes to: destroyed first
};

}  // namespace eval::sandbox
