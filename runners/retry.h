#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/random.h"

// How long to wait before asking a server again.
namespace eval::runners {

struct RetryPolicy {
  int tries = 6;  // first included
  std::chrono::milliseconds backoff_first{1'000};
  std::chrono::milliseconds backoff_max{60'000};
};

// The wait before try number `next_try` (2 is the first retry): backoff_first, doubled each time,
// at most backoff_max, times a factor in [0.5, 1) from `random`, so that clients that failed
// together do not come back together. With `retry_after` the server's wish counts instead: at least
// that, but at most backoff_max, plus up to half of backoff_first.
std::chrono::milliseconds backoff(const RetryPolicy& policy, int next_try,
                                  std::optional<std::chrono::milliseconds> retry_after,
                                  SplitMix64& random);

// The value of a Retry-After header: seconds, or an HTTP date seen from `now_unix_s` (a date in the
// past is 0). nullopt if it is neither.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::int64_t now_unix_s);

// Sleeps; false if `stop` ended the sleep.
bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop);

}  // namespace eval::runners
