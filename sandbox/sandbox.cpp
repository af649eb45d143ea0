#include "sandbox/sandbox.h"

namespace eval::sandbox {

std::map<std::string, std::string> box_environment() {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"},
          {"HOME", "/tmp"},
          {"TMPDIR", "/tmp"},
          {"LANG", "C.UTF-8"},
          {"LC_ALL", "C.UTF-8"},
          {"PYTHONDONTWRITEBYTECODE", "1"}};
}

std::string_view run_status_name(RunStatus status) {
  switch (status) {
    case RunStatus::Exited:
      return "exited";
    case RunStatus::Signalled:
      return "signalled";
    case RunStatus::CpuTimeLimit:
      return "cpu_time_limit";
    case RunStatus::WallTimeLimit:
      return "wall_time_limit";
    case RunStatus::MemoryLimit:
      return "memory_limit";
    case RunStatus::OutputLimit:
      return "output_limit";
    case RunStatus::ForbiddenSyscall:
      return "forbidden_syscall";
    case RunStatus::GroupEnded:
      return "group_ended";
    case RunStatus::Deadlock:
      return "deadlock";
    case RunStatus::Cancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace eval::sandbox
