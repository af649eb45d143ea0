// One channel without programs: both ends are in this test's hands, and so is the clock.
#include "sandbox/channel_relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <string_view>

#include "sandbox/group_wiring.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

class ChannelRelayTest : public ::testing::Test {
 protected:
  void SetUp() override { make({.from = {}, .to = {}, .bytes_max = Bytes::kib(1)}); }

  void make(const Channel& channel) {
    Pipe in = *make_pipe();
    Pipe out = *make_pipe();
    fcntl(in.read_end.value(), F_SETFL, O_NONBLOCK);
    fcntl(out.write_end.value(), F_SETFL, O_NONBLOCK);
    writer_ = std::move(in.write_end);
    reader_ = std::move(out.read_end);
    relay_.emplace(std::move(in.read_end), ChannelSink{std::move(out.write_end), false}, channel,
                   Bytes{4});
  }

  // A round of the loop, `after` the start.
  void round(milliseconds after = milliseconds(0)) {
    set_.clear();
    relay_->watch(set_);
    ASSERT_TRUE(set_.wait(start_));
    relay_->move(set_, start_ + after, scratch_);
  }

  void say(std::string_view text) {
    ASSERT_EQ(write(writer_.value(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  // What the reader can read now; nullopt: it would wait.
  std::optional<std::string> hear() {
    pollfd watched{reader_.value(), POLLIN, 0};
    if (poll(&watched, 1, 0) == 0) return std::nullopt;
    const ssize_t size = read(reader_.value(), scratch_.data(), scratch_.size());
    return std::string(scratch_.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  }

  const Moment start_ = std::chrono::steady_clock::now();
  UniqueFd writer_;
  UniqueFd reader_;
  std::optional<ChannelRelay> relay_;
  PollSet set_;
  std::array<char, 4096> scratch_{};
};

TEST_F(ChannelRelayTest, CarriesAndCounts) {
  say("hello");
  round();
  EXPECT_EQ(hear(), "hello");
  const ChannelResult result = relay_->take_result();
  EXPECT_EQ(result.transferred, Bytes{5});
  EXPECT_EQ(result.beginning, "hell");
}

TEST_F(ChannelRelayTest, TheEndIsHeldBackUntilTheWritersEndIsKnown) {
  writer_.reset();
  round();
  round(milliseconds(5));
  EXPECT_EQ(hear(), std::nullopt);
  relay_->writer_ended();
  round(milliseconds(5));
  EXPECT_EQ(hear(), "");
}

TEST_F(ChannelRelayTest, OrUntilItIsKnownThatItsProgramGoesOn) {
  EXPECT_FALSE(relay_->waits_for_end());
  say("last");
  writer_.reset();
  round();
  round(milliseconds(1000));
  EXPECT_EQ(hear(), "last");
  EXPECT_EQ(hear(), std::nullopt);
  EXPECT_TRUE(relay_->waits_for_end());
  relay_->pass_end();
  EXPECT_EQ(hear(), "");
  EXPECT_FALSE(relay_->waits_for_end());
}

TEST_F(ChannelRelayTest, OrForAsLongAsThatProgramLivesIfTheChannelSaysSo) {
  make({.from = {}, .to = {}, .bytes_max = Bytes::kib(1), .ends_with_writer = true});
  writer_.reset();
  round();
  EXPECT_FALSE(relay_->waits_for_end());
  round(milliseconds(1000));
  EXPECT_EQ(hear(), std::nullopt);
  relay_->writer_ended();
  round(milliseconds(1000));
  EXPECT_EQ(hear(), "");
}

TEST_F(ChannelRelayTest, NothingReachesAReaderThatIsBeingKilled) {
  relay_->hold();
  say("late");
  round();
  writer_.reset();
  relay_->writer_ended();
  round();
  round(milliseconds(100));
  EXPECT_EQ(hear(), std::nullopt);
  EXPECT_TRUE(relay_->drained());
  EXPECT_EQ(relay_->take_result().transferred, Bytes{4});
}

TEST_F(ChannelRelayTest, ForgetsAReaderThatHasClosedItsEnd) {
  reader_.reset();
  round();
  EXPECT_FALSE(relay_->open());
  say("for nobody");
  round();
  EXPECT_FALSE(relay_->holds_bytes());
  EXPECT_EQ(relay_->take_result().transferred, Bytes{10});
}

TEST_F(ChannelRelayTest, PassesOnNoByteOverTheLimit) {
  say(std::string(1025, 'x'));
  round();
  EXPECT_TRUE(relay_->over_limit());
  EXPECT_EQ(hear()->size(), 1024U);
}

}  // namespace
}  // namespace eval::sandbox
