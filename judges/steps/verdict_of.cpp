#include "judges/steps/verdict_of.h"

#include "base/check.h"

namespace eval::judges {

std::optional<Verdict> verdict_of(const sandbox::ExecutionResult& run,
                                  std::chrono::microseconds cpu_limit) {
  using sandbox::RunStatus;
  // The sandbox reports the first limit that fired, in this order, as one status.
  switch (run.status) {
    case RunStatus::OutputLimit:
      return Verdict::OLE;
    case RunStatus::MemoryLimit:
      return Verdict::MLE;
    case RunStatus::CpuTimeLimit:
    case RunStatus::WallTimeLimit:
    case RunStatus::Deadlock:
      return Verdict::TLE;
    case RunStatus::Signalled:
    case RunStatus::ForbiddenSyscall:
    case RunStatus::Exited:
    case RunStatus::GroupEnded:
      break;
    case RunStatus::Cancelled:
      EVAL_CHECK(run.status != RunStatus::Cancelled);
  }
  // The kill comes a few milliseconds after the limit; a program may end in between.
  if (run.cpu_time > cpu_limit) return Verdict::TLE;
  if (run.status != RunStatus::Exited || run.exit_code != 0) return Verdict::RE;
  return std::nullopt;
}

}  // namespace eval::judges
