#pragma once

#include <deque>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "sandbox/channel_relay.h"
#include "sandbox/run_monitor.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// The programs of a group that has just been started, and what joins them; same order as in the call
// of run_group.
struct RunningGroup {
  std::deque<RunMonitor> programs;
  std::vector<ChannelRelay> relays;
};

// Watches all of them in one loop until the last has ended and every channel is empty. An Error leaves
// programs running: their boxes must be destroyed.
Result<void> watch_group(RunningGroup& group, std::span<const GroupMember> members,
                         std::span<const Channel> channels, const GroupOptions& options,
                         const std::stop_token& stop);

}  // namespace eval::sandbox
