#include "sandbox/poll_set.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

namespace eval::sandbox {

using std::chrono::milliseconds;

std::size_t PollSet::add(int fd, short events) {
  if (fd < 0) return kNowhere;
  entries_.push_back({fd, events, 0});
  return entries_.size() - 1;
}

short PollSet::happened(std::size_t place) const {
  return place < entries_.size() ? entries_[place].revents : short{0};
}

Result<void> PollSet::wait(Moment until) {
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  const auto timeout = std::clamp<milliseconds>(left, milliseconds(0), milliseconds(1000));
  if (poll(entries_.data(), entries_.size(), static_cast<int>(timeout.count())) >= 0) return {};
  for (pollfd& entry : entries_) entry.revents = 0;
  if (errno == EINTR) return {};
  return fail(system_error(ErrorCode::Infrastructure, "cannot wait for a program", errno));
}

StopEvent::StopEvent(const std::stop_token& stop)
    : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), callback_(stop, Signal{event_.value()}) {}

void StopEvent::Signal::operator()() const {
  eventfd_write(fd, 1);
}

}  // namespace eval::sandbox
