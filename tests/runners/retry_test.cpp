#include "runners/retry.h"

#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace eval::runners {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const RetryPolicy kPolicy{.tries = 6, .backoff_first = 1000ms, .backoff_max = 60'000ms};

std::vector<milliseconds> waits(std::uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<milliseconds> all;
  for (int next = 2; next <= 10; ++next) {
    all.push_back(backoff(kPolicy, next, std::nullopt, random));
  }
  return all;
}

TEST(Backoff, DoublesUpToTheMaximumWithinItsJitter) {
  milliseconds full = 1000ms;
  for (const milliseconds wait : waits(1)) {
    EXPECT_GE(wait, full / 2);
    EXPECT_LE(wait, full);
    full = std::min<milliseconds>(full * 2, 60'000ms);
  }
}

TEST(Backoff, DependsOnNothingButTheSeed) {
  EXPECT_EQ(waits(7), waits(7));
  EXPECT_NE(waits(7), waits(8));
}

TEST(Backoff, WaitsAtLeastAsLongAsTheServerAsks) {
  SplitMix64 random(1);
  const milliseconds wait = backoff(kPolicy, 2, 5000ms, random);
  EXPECT_GE(wait, 5000ms);
  EXPECT_LE(wait, 5500ms);
}

TEST(Backoff, HonoursTheServerUpToTheMaximum) {
  SplitMix64 random(1);
  EXPECT_LE(backoff(kPolicy, 2, 3'600'000ms, random), 60'500ms);
}

TEST(ParseRetryAfter, ReadsSeconds) {
  EXPECT_EQ(parse_retry_after("120", 0), 120'000ms);
  EXPECT_EQ(parse_retry_after(" 0 ", 0), 0ms);
  EXPECT_EQ(parse_retry_after("0.25", 0), 250ms);
}

// The example date of RFC 9110, in its three forms, is 784111777.
TEST(ParseRetryAfter, ReadsTheThreeFormsOfAnHttpDate) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111770), 7s);
  EXPECT_EQ(parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", 784111770), 7s);
  EXPECT_EQ(parse_retry_after("Sun Nov  6 08:49:37 1994", 784111770), 7s);
}

TEST(ParseRetryAfter, TakesADateInThePastForNow) {
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111800), 0s);
}

TEST(ParseRetryAfter, RefusesAnythingElse) {
  EXPECT_EQ(parse_retry_after("", 0), std::nullopt);
  EXPECT_EQ(parse_retry_after("soon", 0), std::nullopt);
  EXPECT_EQ(parse_retry_after("-5", 0), std::nullopt);
  EXPECT_EQ(parse_retry_after("nan", 0), std::nullopt);
}

TEST(ParseRetryAfter, CapsWhatNoServerMeans) {
  EXPECT_EQ(parse_retry_after("1e300", 0), std::chrono::hours(366 * 24));
}

TEST(SleepFor, EndsWhenAskedToStop) {
  std::stop_source source;
  const std::jthread stopper([&] {
    std::this_thread::sleep_for(20ms);
    source.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(sleep_for(60s, source.get_token()));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(SleepFor, SleepsToTheEndOtherwise) {
  EXPECT_TRUE(sleep_for(1ms, {}));
}

}  // namespace
}  // namespace eval::runners
