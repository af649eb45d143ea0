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
// programs running: their boxes must be destroyed. `core`: where the programs are pinned, -1 where they
// are not; meanwhile this thread stays there too, since a byte that wakes another core costs both
// sides of a conversation CPU time that is measured as theirs.
Result<void> watch_group(RunningGroup& group, std::span<const GroupMember> members,
                         std::span<const Channel> channels, const GroupOptions& options, int core,
                         const std::stop_token& stop);

}  // namespace eval::sandbox
