#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

// Runs one untrusted program in a box and measures it. See linux_sandbox.cpp for how.
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
  // The program cannot start another program: an exec after the first is a forbidden call. Threads and
  // children by fork are not touched.
  bool forbid_exec = false;
};

// Every limit has a default that is safe for an unknown program.
struct Limits {
  std::chrono::milliseconds cpu_time{10'000};   // user + system of all processes
  std::chrono::milliseconds wall_time{20'000};  // from start to end: catches idling
  Bytes memory = Bytes::mib(2048);              // peak of all processes, swap and tmpfs included
  Bytes standard_output = Bytes::mib(64);       // kept; one byte more ends the run
  Bytes standard_error = Bytes::mib(1);         // kept; more is discarded and does not end the run
  Bytes file_size = Bytes::mib(256);            // largest file the program may write
  Bytes work_folder = Bytes::mib(512);  // what it writes to the work folder, /tmp and /dev/shm
  int processes = 64;                   // processes and threads at once
  Bytes output_file = Bytes::mib(64);   // largest file copied out; a larger one is absent
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
  std::string isolation;  // the rung this run was held by: "root+cgroup-v1+landlock", ...
};

// A program that runs at the same time as others, in a box of its own with limits and a clock of its
// own.
struct GroupMember {
  Command command;  // standard_input is used only where no channel leads to the standard input
  Limits limits;
  // If this program ends in any other way than with this exit code, the others are killed at once
  // (an interactor that has rejected). nullopt: however it ends, the others go on.
  std::optional<int> others_go_on_after = {};
};

// Where a channel enters or leaves a program.
struct ChannelEnd {
  std::size_t member = 0;  // index into the group
  // A FIFO of this name in the member's work folder, made before it starts. Empty: the standard
  // output (where the channel begins), or the standard input (where it ends). A FIFO closed by all
  // that had it open is closed for good.
  std::string fifo = {};
};

// Bytes flow one way, in order, through this process, which counts them; a writer waits when 64 KiB
// are on their way here, besides what the kernel's pipes hold. The end that reads sees the end of the
// stream when the other has closed it or ended, and all bytes are through. What is written to a
// program that has ended or closed its end is counted and dropped, so nobody is hurt by a closed pipe
// but by its own reading of the protocol: a submission that writes to an interactor which has ended
// gets no SIGPIPE.
struct Channel {
  ChannelEnd from;
  ChannelEnd to;
  Bytes bytes_max = Bytes::mib(64);  // one byte more is OutputLimit of the program that wrote it
  // The end that reads sees the end of the stream when the writing program has ended, and not before,
  // though that program may have closed its own end long ago.
  bool ends_with_writer = false;
};

struct ChannelResult {
  Bytes transferred;      // read from the writer
  std::string beginning;  // its first bytes, for the report: at most GroupOptions::kept_bytes
};

struct GroupOptions {
  Bytes kept_bytes = Bytes::kib(16);
  // A deadlock is this long a time in which no byte moved and the programs together used less CPU
  // than 1/400 of it, after which no byte lies in any channel, at least two programs live, and every
  // living one has an open channel from or to another living one. All the living are then killed
  // with status Deadlock. A program that sleeps alone runs into its wall time instead, and so do
  // programs that leave bytes unread.
  std::chrono::milliseconds deadlock_after{2'000};
};

struct GroupResult {
  std::vector<ExecutionResult> runs;   // by member; standard_output is empty where a channel has it
  std::vector<std::size_t> end_order;  // members in the order they ended; empty if none had started
  std::vector<ChannelResult> channels;  // by channel
};

// The seam. Implementations: LinuxSandbox, and FakeSandbox in tests/support.
class Sandbox {
 public:
  virtual ~Sandbox() = default;

  // Runs `command` once in a clean box and waits until every process of it is gone.
  //
  // CPU time and memory come from the box's cgroup where there is one, so children count too.
  // Returns an Error only if the box could not be built or measured; a crash, a timeout or a kill is
  // a result. Thread-safe; each concurrent call uses a box of its own, and a call beyond the number
  // of boxes waits for one. From the start of the program it blocks for `limits.wall_time` plus the
  // time a kill takes (milliseconds; after 10 s it is an Error). When `stop` is requested the
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
