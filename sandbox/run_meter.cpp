#include "sandbox/run_meter.h"

#include <algorithm>

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

microseconds from_us(std::uint64_t us) {
  return microseconds(static_cast<std::int64_t>(us));
}

// What lies unread in a socket is told by no file. A local one may hold what net.core.wmem_max (208 KiB on
// every distribution; the kernel doubles what a program asks for) allows, so that is what each counts for
// beyond the few that an honest program has.
constexpr std::uint64_t kSocketsFree = 16;
constexpr Bytes kSocketBytes = Bytes::kib(416);

Bytes socket_memory(std::uint64_t sockets) {
  return Bytes{sockets > kSocketsFree ? (sockets - kSocketsFree) * kSocketBytes.count : 0};
}

}  // namespace

Result<RunMeter> RunMeter::start(Box& box, CgroupLeaf* leaf, const Limits& limits) {
  RunMeter meter(box, leaf, limits.memory);
  if (leaf != nullptr) {
    EVAL_TRY(leaf->prepare(limits.memory, limits.processes));
  } else {
    meter.reaped_before_ = reaped_cpu(box.init_pid());
    meter.sockets_before_ = count_sockets(box.init_pid());
    meter.scratch_before_ = tmpfs_usage(box.work_folder());
  }
  return meter;
}

milliseconds RunMeter::interval() const {
  // With a cgroup only the OOM counter is looked at in between, to end what lost a child.
  return leaf_ != nullptr ? milliseconds(50) : milliseconds(5);
}

Result<RunMeter::Reading> RunMeter::read() {
  if (leaf_ != nullptr) {
    const CgroupUsage usage = EVAL_TRY(leaf_->usage());
    return Reading{usage.cpu, usage.oom_kills, false};
  }
  const ProcessUsage usage = sample_processes(box_.init_pid());
  const Bytes scratch = tmpfs_usage(box_.work_folder());
  const std::uint64_t written =
      scratch > scratch_before_ ? scratch.count - scratch_before_.count : 0;
  const std::uint64_t sockets = count_sockets(box_.init_pid());
  const Bytes unread = socket_memory(sockets - std::min(sockets, sockets_before_));
  const Bytes memory{usage.memory.count + written + unread.count};
  memory_peak_ = std::max(memory_peak_, memory);
  processes_peak_ = std::max(processes_peak_, usage.processes);
  seen_.add(usage);
  return Reading{std::max(usage.cpu - reaped_before_, seen_.total()), 0, memory > limit_};
}

Result<std::uint64_t> RunMeter::finish(const protocol::Reply& reply, ExecutionResult& result) {
  result.wall_time = from_us(reply.wall_ns / 1000);
  if (leaf_ != nullptr) {
    const CgroupUsage usage = EVAL_TRY(leaf_->usage());
    result.cpu_time = usage.cpu;
    result.user_time = usage.user;
    result.system_time = usage.system;
    result.memory_peak = EVAL_TRY(leaf_->memory_peak());
    result.processes_peak = leaf_->processes_peak();
    return usage.oom_kills;
  }
  result.user_time = from_us(reply.user_us);
  result.system_time = from_us(reply.system_us);
  result.cpu_time = result.user_time + result.system_time;
  if (seen_.total() > result.cpu_time) {
    result.cpu_time = seen_.total();
    result.user_time = result.cpu_time - result.system_time;
  }
  // The largest resident set of any one process is exact but counts shared libraries; polling
  // misses peaks between two looks. The larger of both errs on the side of reporting too much.
  result.memory_peak = std::max(memory_peak_, Bytes::kib(reply.max_rss_kib));
  result.memory_is_approximate = true;
  result.processes_peak = processes_peak_;
  return 0;
}

}  // namespace eval::sandbox
