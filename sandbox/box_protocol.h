#pragma once

#include <cstddef>
#include <cstdint>

// What the supervisor (this process) and a box's init (box/) say to each other over their
// SOCK_SEQPACKET pair. Both ends are built together, so the layout needs no version; init trusts
// what it reads, because only the supervisor holds the other end. Nothing from the judged program
// ever travels here except numbers the kernel made: exit status, times, a system call number.
namespace eval::sandbox::protocol {

// One message at most; argv, environment and filter must fit. The default socket buffer
// (net.core.wmem_default, 208 KiB) holds it.
inline constexpr std::size_t kMessageBytesMax = 128 * 1024;
inline constexpr std::size_t kStringsMax = 4096;  // argv and environment together
inline constexpr std::size_t kBindsMax = 64;
inline constexpr int kDescriptorsMax = 12;
inline constexpr int kInitSocket = 3;  // where init finds its end

enum class Kind : std::uint32_t { Build = 1, Run = 2, Kill = 3, Clean = 4, Resize = 5 };

// The step that failed, named in the Error (step_name).
enum class Step : std::uint32_t {
  None = 0,
  UserNamespaceMap,
  Capabilities,
  ExecInit,  // before init runs
  Session,
  PrivateMounts,
  OpenTree,
  RootMount,
  MakeDirectory,
  MakeSymlink,
  MakeFile,
  BindMount,
  DeviceNode,
  ProcMount,
  ScratchMount,
  PivotRoot,
  ReadOnlyRoot,
  HostName,
  Landlock,
  DropCapabilities,
  OpenWorkFolder,  // build
  ResizeScratch,
  Clone,
  JoinCgroup,
  ResourceLimits,
  Affinity,
  SetUser,
  ChangeDirectory,
  NoNewPrivileges,
  Seccomp,
  CloseDescriptors,
  Redirect,
  Exec,
  Wait,  // run
  Clean,
  Request,
};

// `fail_step`, here and below, is for tests: that step does not happen and is reported as failed with
// kInjectedErrno, once.
inline constexpr int kInjectedErrno = 5;  // EIO, which no step gives by itself

// Followed by entries, each one letter and two NUL-terminated strings:
//   D path ""       directory            B path source   read-only recursive bind
//   L path target   symbolic link        F path content  file
// and before them, for a root of its own, which has no D, L and F, in this order:
//   U "/" folder    takes the changes    W "/" folder    overlayfs's own    Y "/" folder  layer, topmost first
struct BuildRequest {
  Kind kind = Kind::Build;
  std::uint32_t uid = 0;  // the program's user and group as seen in the box
  std::uint32_t user_namespace = 0;
  std::uint32_t entries = 0;
  Step fail_step = Step::None;
  std::uint32_t own_root = 0;  // the entries are a root of its own
  std::uint64_t scratch_bytes = 0;
  std::uint64_t scratch_inodes = 0;
};

// Followed by the filter (8 bytes an instruction), argv, environment and the folder to start in
// (NUL-terminated each).
// Descriptors: stdin, stdout, stderr, then `attach_files` cgroup.procs, then the v2 directory, then the
// program to execute (else it is argv[0], as a path), then with `warm` the library of box/warm.h.
struct RunRequest {
  Kind kind = Kind::Run;
  std::uint32_t filter_instructions = 0;
  std::uint32_t filter_notifies = 0;  // the filter asks init about forbidden calls
  std::uint32_t argument_count = 0;
  std::uint32_t environment_count = 0;
  std::uint32_t attach_files = 0;
  std::uint32_t cgroup_directory = 0;
  std::uint32_t program_file = 0;
  std::uint32_t warm = 0;  // start warm if that can be
  std::uint32_t padding = 0;
  Step fail_step = Step::None;
  std::int32_t core = -1;         // -1: not pinned
  std::uint64_t exec_key = 0;     // shown by the exec; a filter may know it
  std::uint64_t cpu_seconds = 0;  // RLIMIT_CPU
  std::uint64_t file_bytes = 0;
  std::uint64_t stack_bytes = 0;
  std::uint64_t processes = 0;  // RLIMIT_NPROC; 0: a pids cgroup does it
  std::uint64_t open_files = 0;
};

// Nothing follows: Kill, Clean.
struct PlainRequest {
  Kind kind = Kind::Clean;
  Step fail_step = Step::None;
};

// Sets the size of the scratch file system, before files are copied in.
struct ResizeRequest {
  Kind kind = Kind::Resize;
  Step fail_step = Step::None;
  std::uint64_t scratch_bytes = 0;
};

// The answer to Build (with the work folder's descriptor), Run, Clean and Resize.
struct Reply {
  Kind kind = Kind::Build;
  Step step = Step::None;  // not None: that step failed with sys_errno
  std::int32_t sys_errno = 0;
  std::uint32_t entry = 0;  // Build: the entry at fault, counted from 0
  std::int32_t wait_status = 0;
  std::int32_t forbidden_syscall = -1;
  std::uint32_t warm = 0;  // Run: it was started warm
  std::uint32_t padding = 0;
  std::uint64_t wall_ns = 0;   // from clone to the end of the first process
  std::uint64_t ended_ns = 0;  // that end on CLOCK_MONOTONIC: orders the ends of different boxes
  std::uint64_t user_us = 0;   // sum over every process init reaped
  std::uint64_t system_us = 0;
  std::uint64_t max_rss_kib = 0;
};

}  // namespace eval::sandbox::protocol
