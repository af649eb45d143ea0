#include "runners/retry.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "base/http.h"
#include "base/text.h"

namespace eval::runners {
namespace {

using std::chrono::milliseconds;

// A year: more than any server means, and far from overflow.
constexpr std::int64_t kSecondsMax = 366 * 86'400;

milliseconds scaled(milliseconds duration, double factor) {
  return milliseconds(
      static_cast<milliseconds::rep>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

std::chrono::milliseconds backoff(const RetryPolicy& policy, int next_try,
                                  std::optional<std::chrono::milliseconds> retry_after,
                                  SplitMix64& random) {
  const double jitter = random.uniform();
  if (retry_after) {
    return std::min(*retry_after, policy.backoff_max) + scaled(policy.backoff_first, jitter / 2);
  }
  milliseconds wait = policy.backoff_first;
  for (int i = 2; i < next_try && wait < policy.backoff_max; ++i) wait *= 2;
  return scaled(std::min(wait, policy.backoff_max), 0.5 + jitter / 2);
}

std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value,
                                                           std::int64_t now_unix_s) {
  // Some servers send fractions of a second, which RFC 9110 does not know.
  if (const auto seconds = parse_double(trim(value))) {
    if (!(*seconds >= 0)) return std::nullopt;
    const double capped = std::min(*seconds, static_cast<double>(kSecondsMax));
    return milliseconds(static_cast<milliseconds::rep>(capped * 1000));
  }
  const auto date = parse_http_date(value);
  if (!date) return std::nullopt;
  return std::chrono::seconds(std::clamp(*date - now_unix_s, std::int64_t{0}, kSecondsMax));
}

bool sleep_for(std::chrono::milliseconds duration, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, duration, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace eval::runners
