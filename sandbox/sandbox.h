#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/execution.h"
#include "sandbox/group.h"

// Runs untrusted programs in boxes and measures them. See linux_sandbox.cpp for how.
namespace eval::sandbox {

// The seam. Implementations: LinuxSandbox, and FakeSandbox in tests/support.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  // Runs `command` once in a clean box and waits until every process of it is gone.
  //
  // CPU time and memory come from the box's cgroup where there is one, so children count too.
  // Returns an Error only if the box could not be built or measured; a crash, a timeout or a kill is
  // a result. Thread-safe; each concurrent call uses a box of its own, and a call beyond the number
  // of boxes waits for one. From the start of the program it blocks for the limit on wall time plus
  // the time a kill takes (milliseconds; after 10 s it is an Error). When `stop` is requested the
  // program is killed and the status is Cancelled.
  virtual Result<ExecutionResult> run(const Command& command, const Limits& limits,
                                      std::stop_token stop) = 0;

  // Runs all members (1 to 16) at the same time, joined by `channels` (at most 64), and waits until
  // every process of them is gone. Members never share a box, user, or cgroup; a standard stream and
  // a FIFO has at most one channel. The group waits until all its boxes are free at once, so groups
  // cannot block each other. A program killed because of others keeps the status of a limit that it
  // had broken, or of its own end if that came first. Errors as in run(), BadInput also for members
  // that cannot be joined like this; then no result of any member is known.
  virtual Result<GroupResult> run_group(const std::vector<GroupMember>& members,
                                        const std::vector<Channel>& channels,
                                        const GroupOptions& options, std::stop_token stop) = 0;

  // The rung of isolation in force, recorded with every judgement.
  virtual std::string isolation() const = 0;
};

}  // namespace eval::sandbox
