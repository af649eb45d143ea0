#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/result.h"

namespace eval::sandbox {

// What a filter says to a call. The first five are final; the others look at an argument first.
enum class CallRule : std::uint8_t {
  Allow,
  Absent,           // ENOSYS, as on a kernel without it
  Refused,          // EPERM
  Notify,           // init is told, and ends the run
  Kill,             // by the kernel, with SIGSYS
  NoNamespaces,     // clone: allowed unless a flag asks for a new namespace
  LocalSockets,     // socket: AF_UNIX only, else EAFNOSUPPORT
  OwnLimits,        // prlimit64: pid 0 only, else Refused
  NoTerminalInput,  // ioctl: not TIOCSTI and TIOCLINUX, else Refused
  NoLocks,        // fcntl: no lock, lease or watch, which another box could see; these are Refused
  KeepsChildren,  // rt_sigaction: one for SIGCHLD is taken and changes nothing
  FirstExecOnly,  // execve: only with the run's key in its fifth argument, else what is forbidden
  FirstExecOnlyAt,  // execveat: likewise in its sixth
};

// Which rule holds for which number of this machine's table.
struct CallTable {
  std::map<int, CallRule> rules;
  CallRule otherwise = CallRule::Absent;   // for every number not named
  CallRule forbidden = CallRule::Refused;  // what a namespace or a second exec gets
};

// A filter as the kernel takes it: one 8-byte sock_filter each.
struct SeccompProgram {
  std::vector<std::uint64_t> instructions;
  std::vector<std::size_t> key_places;  // instructions that hold the high and low halves of the key
};

// Numbers that follow each other and have the same rule take one comparison in a binary search, so that
// an allow list of 250 calls is a program of a hundred instructions: what loading it costs every run is
// its length. Calls of another architecture's table are killed. Infrastructure if it does not fit.
Result<SeccompProgram> compile_calls(const CallTable& table);

// Fills in the key that the first exec shows. Programs cannot read a filter, so nobody else knows it.
void set_exec_key(SeccompProgram& program, std::uint64_t key);

}  // namespace eval::sandbox
