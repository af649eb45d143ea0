#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"

// One run of a program in a box: what it is given, what it may use, what came of it.
namespace eval::sandbox {

// What a program needs from the system beyond the box itself: which parts of the host it sees
// read-only, which system calls it may make, and how many cores it sees: Compiler all that this
// process may use, the others one (where workers are pinned), as contests judge.
enum class Profile {
  Native,    // one compiled program: nothing but shared libraries
  Managed,   // a language runtime (JVM, Go, Node, Python): /usr, /etc parts, threads
  Compiler,  // a tool chain: all of the above plus many processes and a larger scratch folder
  Image,     // a whole distribution: what package tools and test suites need as well
};

// Where bytes for the box come from: a host file (opened read-only by us), or a buffer.
struct FileSource {
  fs::path host_path = {};                  // used if not empty
  std::optional<std::string> content = {};  // else this
};

// A file to place in the box's work folder before the run.
struct InputFile {
  std::string name;  // relative to the work folder; no "..", at most 3 levels deep
  FileSource source;
  bool executable = false;
};

// A file system of its own as the root of a box, in place of the host's: layers nobody changes, and a
// folder that takes what programs change and hands it to the next run with the same root (overlayfs).
// Programs run as the owner of `upper`, whom the files should belong to as well; set-user bits and
// device files have no effect. /dev, /proc, /dev/shm and the work folder are the box's own; /tmp is the
// root's and stays. Readable host paths are shown in it as in any box. What is written below `upper` counts against no limit but the size of one file.
// Not for two boxes at once: give each root a sandbox of its own with one box.
struct ImageRoot {
  std::vector<fs::path> layers = {};  // lowest first, 1 to 128; whiteouts as overlayfs has them
  fs::path upper = {};
  fs::path work = {};  // overlayfs's own, empty, on the file system of `upper`
  friend bool operator==(const ImageRoot&, const ImageRoot&) = default;
};

// The environment of judged programs: a fixed, small set, so that nothing of the machine's
// own settings changes a verdict.
std::map<std::string, std::string> box_environment();

struct Command {
  std::vector<std::string> argv =
      {};  // argv[0]: absolute path as seen in the box, or "./name" in the work folder
  std::map<std::string, std::string> environment = {};  // whole environment; nothing is inherited
  // Copied in, owned by the box's user; but a Native program that is a host file and argv[0] may be run
  // from sealed memory instead and not be in the work folder.
  std::vector<InputFile> files = {};
  FileSource standard_input = {};  // nothing given: empty
  // Work folder files to copy out after the run (regular files only). A name that ends in "/" is a
  // folder: all files directly in it, at most 256.
  std::vector<std::string> outputs = {};
  std::vector<fs::path> readable_host_paths =
      {};  // further host folders or files visible read-only at the same path
  Profile profile = Profile::Native;
  std::optional<ImageRoot> root = {};  // only with Profile::Image
  fs::path working_directory = {};     // absolute, as seen in the box; empty: the work folder
  // The program cannot start another program: an exec after the first is a forbidden call. Threads and
  // children by fork are not touched.
  bool forbid_exec = false;
  // For runtimes that take long to start. The program gets ready, reading nothing of this run (it may use
  // argv and environment, not `files` or the work folder), and calls fork() once, which returns 0; what
  // comes after is the run. Where the rung allows, the process that called fork() stays in its box, as a
  // user whom no program can signal, trace or see, and later runs with the same argv, environment, view
  // and memory limit begin as another child of it: with streams, limits, cgroup, user and filter of
  // their own, as if just started, but for memory that was there before, which is not counted.
  // There EVALCTL_WARM is in the environment. Elsewhere it is not, and fork() is nothing but a fork, which
  // the program should then leave out. Not for Native programs, nor with forbid_exec, a root or a working
  // directory.
  bool warm_start = false;
};

// Every limit has a default that is safe for an unknown program.
struct Limits {
  std::chrono::milliseconds cpu_time{10'000};   // user + system of all processes
  std::chrono::milliseconds wall_time{20'000};  // from start to end: catches idling
  // Wall time beyond that which each second of CPU time buys, of a group that of all its programs: who
  // computes, waits for a core, or for one that does (up to 20 x wall_time), is not idle. 0: none.
  int wall_per_cpu = 0;
  Bytes memory = Bytes::mib(2048);         // peak of all processes, swap and tmpfs included
  Bytes standard_output = Bytes::mib(64);  // kept; one byte more ends the run
  Bytes standard_error = Bytes::mib(1);    // kept; more is discarded and does not end the run
  Bytes file_size = Bytes::mib(256);       // largest file the program may write
  Bytes work_folder = Bytes::mib(512);     // what it writes to the work folder, /tmp and /dev/shm
  int processes = 64;                      // processes and threads at once
  Bytes output_file = Bytes::mib(64);      // largest file copied out; a larger one is absent
  // The timing token: no other program of this sandbox runs meanwhile; of a group, one member that
  // asks for it speaks for all. Fair: it waits for runs that came before, and later ones wait for it.
  // For runs near a limit, which a neighbour's use of caches and memory could carry over it.
  bool alone = false;
};

// What ended the run. The first limit that fired decides.
enum class RunStatus {
  Exited,     // by itself; see exit_code
  Signalled,  // by a signal that was not ours; see signal
  CpuTimeLimit,
  WallTimeLimit,
  MemoryLimit,       // the kernel's OOM kill, or a peak over the limit
  OutputLimit,       // standard output, or a file over the file size limit (SIGXFSZ)
  ForbiddenSyscall,  // see forbidden_syscall
  Cancelled,         // the caller's stop token
  GroupEnded,        // another program of its group ended in a way that ends the group
  Deadlock,          // every program of its group waited for another one
};
std::string_view run_status_name(RunStatus status);  // "exited", "cpu_time_limit", ...

struct ExecutionResult {
  RunStatus status = RunStatus::Exited;
  int exit_code = 0;                      // of the first process; 0 unless Exited
  int signal = 0;                         // 0 unless Signalled
  std::string forbidden_syscall;          // name, if ForbiddenSyscall
  std::chrono::microseconds cpu_time{0};  // user + system, whole tree
  std::chrono::microseconds user_time{0};
  std::chrono::microseconds system_time{0};
  std::chrono::microseconds wall_time{0};
  std::optional<Bytes> memory_peak;    // nullopt where the rung cannot measure it
  bool memory_is_approximate = false;  // polled, not from a cgroup
  int processes_peak = 0;              // 0: not measured
  std::string standard_output;
  std::string standard_error;  // cut at its limit
  bool standard_error_cut = false;
  std::map<std::string, std::string> outputs;  // copied-out files by name; absent if not made
  std::string isolation;      // the rung this run was held by: "root+cgroup-v1+landlock", ...
  bool started_warm = false;  // see Command::warm_start
};

}  // namespace eval::sandbox
