#pragma once

#include <sys/types.h>

#include "sandbox/box/prepare.h"

// The warm process of a box: a language runtime that has started, imported what its programs need and
// called fork(), and waits there, with the library of warm_library.cpp in between. Each run that asks
// for it is a child of it. It belongs to init's user with two capabilities, so no program can signal,
// trace or even see it; it never reads a byte that a program wrote, and its own code never runs again.
// Orphans of the run come to it and not to init: it reaps all, and so knows when there are none.
namespace eval::sandbox::box {

// What init and the library say to each other over a SOCK_SEQPACKET pair. Programs never have an
// end of it: a child closes its own before it returns from fork().
struct WarmRequest {  // the filter follows; descriptors: streams, attach files, Landlock's rules
  protocol::RunRequest run;
  std::uint32_t uid = 0;
  std::uint32_t has_rules = 0;
};
struct WarmMessage {
  // Failed: before anything of the program ran; Ended follows too. Ended: the first process has. Empty:
  // so have all others; it comes only after an Ended that says so.
  enum class What : std::uint32_t { Ready, Started, Failed, Ended, Empty };
  What what = What::Ready;
  std::int32_t pid = -1;   // Started, Ended: the program's first process
  Step step = Step::None;  // Failed
  std::int32_t sys_errno = 0;
  std::int32_t wait_status = 0;  // Ended
  std::uint32_t others = 0;      // Ended: more than 0: others live, and Empty will follow
  std::uint64_t user_us = 0;     // Ended, Empty: of what was reaped since the last message
  std::uint64_t system_us = 0;
  std::uint64_t max_rss_kib = 0;
  std::uint64_t ended_ns = 0;  // Ended
};
inline constexpr int kWarmSocket = 3;   // where the library finds its end
inline constexpr int kWarmLibrary = 4;  // what LD_PRELOAD names
// In the environment of a warm process and of what comes from it, and of nothing else.
inline constexpr const char* kWarmVariable = "EVALCTL_WARM";

// What decides whether a warm process is the right one.
struct WarmProgram {
  char** argv = nullptr;
  char** environment = nullptr;
  const char* strings = nullptr;  // both, as one range of bytes
  std::size_t strings_size = 0;
  std::uint64_t stack_bytes = 0;  // decides the layout of its memory
  int library = -1;
};

// Makes sure that the warm process is that of `program`. False where that cannot be: the program did not
// call fork() in time, or failed too often.
bool have_warm(const WarmProgram& program);

// True: there is one, and only it survives kill_programs().
bool is_warm();

// Our end of the pair; -1: there is no warm process.
int warm_socket();

// Starts a run: sends it and waits until it has begun. `pid`: of the program.
Fault fork_warm(const Preparation& preparation, const int* streams, pid_t& pid);

// The next message; false if the warm process is gone. It is then forgotten.
bool receive_warm(WarmMessage& message);

// Kills it, and waits until it is gone.
void end_warm();

// Kills every process of the box but init and the warm process. `uid`: of programs.
void kill_programs(std::uint32_t uid);

}  // namespace eval::sandbox::box
