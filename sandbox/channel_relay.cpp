#include "sandbox/channel_relay.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;

// As much as the kernel's own pipes hold: with both of them up to 192 KiB are under way.
constexpr std::size_t kBufferBytes = 64 * 1024;
// No event tells that a program has opened its end of a FIFO, so it is looked for: at first every
// millisecond, later in steps of a hundredth of the time waited so far.
constexpr milliseconds kConnectPauseMin{1};
constexpr milliseconds kConnectPauseMax{10};

bool has_bytes(int fd) {
  int count = 0;
  return fd >= 0 && ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

}  // namespace

ChannelRelay::ChannelRelay(UniqueFd source, ChannelSink sink, const Channel& channel,
                           Bytes kept_max)
    : source_(std::move(source)),
      sink_(std::move(sink.fd)),
      awaits_reader_(sink.awaits_reader),
      bytes_max_(channel.bytes_max),
      ends_with_writer_(channel.ends_with_writer),
      kept_max_(kept_max),
      buffer_(std::make_unique<char[]>(kBufferBytes)) {}

bool ChannelRelay::wants_input() const {
  return source_.valid() && (dropping() || end_ < kBufferBytes);
}

void ChannelRelay::watch(PollSet& set) {
  source_place_ = set.add(wants_input() ? source_.value() : -1, POLLIN);
  // Without an event asked for, poll still reports that the reader is gone.
  const short events = buffered() > 0 && !held_ ? POLLOUT : 0;
  sink_place_ = set.add(awaits_reader_ ? -1 : sink_.value(), events);
}

bool ChannelRelay::move(const PollSet& set, Moment now, std::span<char> scratch) {
  if ((set.happened(sink_place_) & POLLERR) != 0) reader_ended();
  if (awaits_reader_ && now >= next_try_) try_connect(now);
  bool moved = false;
  if (set.happened(source_place_) != 0 || (writer_ended_ && wants_input())) {
    moved = read_some(scratch);
  }
  if (buffered() > 0 && sink_.valid() && !awaits_reader_ && !held_) moved = write_some() || moved;
  if (writer_ended_ && is_over()) sink_.reset();
  return moved;
}

void ChannelRelay::count(std::span<const char> piece) {
  result_.transferred.count += piece.size();
  const std::size_t kept = result_.beginning.size();
  if (kept >= kept_max_.count) return;
  result_.beginning.append(piece.data(),
                           std::min<std::size_t>(piece.size(), kept_max_.count - kept));
}

bool ChannelRelay::read_some(std::span<char> scratch) {
  const bool drop = dropping();
  char* const target = drop ? scratch.data() : buffer_.get() + end_;
  const std::size_t room = drop ? scratch.size() : kBufferBytes - end_;
  const ssize_t size = read(source_.value(), target, room);
  if (size < 0 && (errno == EINTR || errno == EAGAIN)) return false;
  if (size <= 0) {
    source_.reset();
    return false;
  }
  const auto bytes = static_cast<std::size_t>(size);
  count({target, bytes});
  if (drop) return true;
  const std::uint64_t over =
      over_limit() ? result_.transferred.count - bytes_max_.count : std::uint64_t{0};
  end_ += bytes - static_cast<std::size_t>(over);
  return true;
}

bool ChannelRelay::write_some() {
  const ssize_t size = write(sink_.value(), buffer_.get() + begin_, buffered());
  if (size < 0) {
    if (errno != EINTR && errno != EAGAIN) reader_ended();
    return false;
  }
  begin_ += static_cast<std::size_t>(size);
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (end_ == kBufferBytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, buffered());
    end_ -= begin_;
    begin_ = 0;
  }
  return size > 0;
}

void ChannelRelay::try_connect(Moment now) {
  pollfd sink{sink_.value(), 0, 0};
  if (poll(&sink, 1, 0) == 0) {
    awaits_reader_ = false;
    return;
  }
  const auto waited = std::chrono::duration_cast<milliseconds>(now - made_);
  next_try_ = now + std::clamp(waited / 100, kConnectPauseMin, kConnectPauseMax);
}

void ChannelRelay::reader_ended() {
  sink_.reset();
  awaits_reader_ = false;
  begin_ = end_ = 0;
}

bool ChannelRelay::is_over() const {
  return !source_.valid() && buffered() == 0 && !awaits_reader_ && !held_ && sink_.valid();
}

std::optional<Moment> ChannelRelay::wake() const {
  if (!sink_.valid() || held_) return std::nullopt;
  return awaits_reader_ ? std::optional(next_try_) : std::nullopt;
}

bool ChannelRelay::holds_bytes() const {
  return buffered() > 0 || has_bytes(source_.value()) || has_bytes(sink_.value());
}

}  // namespace eval::sandbox
