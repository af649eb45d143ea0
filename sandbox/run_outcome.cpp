#include "sandbox/run_outcome.h"

#include <sys/wait.h>

#include <csignal>

#include "sandbox/seccomp_filter.h"

namespace eval::sandbox {
namespace {

bool died_of(const RunFacts& facts, int signal_number) {
  return WIFSIGNALED(facts.wait_status) && WTERMSIG(facts.wait_status) == signal_number;
}

// Measured causes first, in the order in which one explains another: a flood of output takes time,
// so does swapping, and the kernel's OOM kill looks like any other signal 9.
RunStatus status_of(const RunFacts& facts, const Limits& limits) {
  const auto ended_by = [&facts](RunStatus status) { return facts.ended_by == status; };
  if (ended_by(RunStatus::Cancelled)) return RunStatus::Cancelled;
  if (ended_by(RunStatus::OutputLimit) || died_of(facts, SIGXFSZ)) return RunStatus::OutputLimit;
  if (ended_by(RunStatus::MemoryLimit) || facts.oom_kills > 0) return RunStatus::MemoryLimit;
  if (facts.forbidden_syscall >= 0 || died_of(facts, SIGSYS)) return RunStatus::ForbiddenSyscall;
  // Not SIGXCPU: a program can raise it, and when RLIMIT_CPU sends it the measured time is over too.
  if (ended_by(RunStatus::CpuTimeLimit) || facts.cpu_time > limits.cpu_time) {
    return RunStatus::CpuTimeLimit;
  }
  if (ended_by(RunStatus::WallTimeLimit) || facts.wall_time > limits.wall_time + facts.extra_wall) {
    return RunStatus::WallTimeLimit;
  }
  // Only if our kill came before its own end.
  if ((ended_by(RunStatus::GroupEnded) || ended_by(RunStatus::Deadlock)) &&
      died_of(facts, SIGKILL)) {
    return *facts.ended_by;
  }
  return WIFEXITED(facts.wait_status) ? RunStatus::Exited : RunStatus::Signalled;
}

}  // namespace

void decide_status(const RunFacts& facts, const Limits& limits, ExecutionResult& result) {
  result.status = status_of(facts, limits);
  if (result.status == RunStatus::Exited) result.exit_code = WEXITSTATUS(facts.wait_status);
  if (result.status == RunStatus::Signalled) result.signal = WTERMSIG(facts.wait_status);
  if (result.status == RunStatus::ForbiddenSyscall) {
    // Killed by the kernel itself: a call of another architecture's table, which has no number here.
    result.forbidden_syscall = facts.forbidden_syscall >= 0 ? syscall_name(facts.forbidden_syscall)
                                                            : "foreign architecture";
  }
}

}  // namespace eval::sandbox
