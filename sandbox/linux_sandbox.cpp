// Theory of operation
// -------------------
// Three kinds of process:
//
//   supervisor   this process: many threads, much memory, trusted. It never forks.
//   init         one per box: pid 1 of the box's pid namespace, from a sealed memory file (box/).
//                Static, single-threaded, trusted. It builds the box's root once, then runs one
//                program after the other. It reads nothing that a program wrote.
//   program      the judged program and its children: hostile.
//
// What flows between them:
//
//   supervisor <-> init      one SOCK_SEQPACKET pair (box_protocol.h). Requests carry argv, limits,
//                            the seccomp filter and, as SCM_RIGHTS, the standard streams and the
//                            cgroup files; answers carry numbers of the kernel (status, times).
//   supervisor <-  program   two pipes, for standard output and error, read up to their limits.
//   supervisor  -> program   standard input: a sealed memory file, a copy. The work folder: files
//                            copied in before the run and out after it, by descriptor.
//
// Why an init that stays: a fork of the supervisor costs as much as its page tables, mounts wait for
// RCU, and network namespaces are slow to tear down. All that is paid once per box. A run is one
// clone3(CLONE_VM | CLONE_VFORK) from a process of a few hundred KiB and one execve.
//
// Why init is a program of its own and not a clone that goes on in our code: it must not share or
// copy the supervisor's memory (other submissions and answers lie there), and it must be small. The
// supervisor starts it with clone3(CLONE_VM | CLONE_VFORK | CLONE_NEW...), which copies nothing either.
//
// One run:
//   1. wait for a slot, which has a core of its own (CorePlan), and if the run is to be alone, until
//      no other is in use; take its box for the view that the command needs, or build one (BoxPool)
//   2. set the cgroup's limits, reset its peak, note its counters                    (RunMeter)
//   3. copy files in, make the pipes, send the request                               (this file)
//   4. init: clone3, into the cgroup; limits, user, seccomp, execve                  (box/run.cpp)
//   5. read the pipes, look at the clock and the CPU counter; ask init to kill when a limit fires.
//      The next look is after (limit - used) / cores, so the overshoot is milliseconds (Watch)
//   6. init: when the first process has ended, kill everything else, reap it, answer
//   7. read counters, decide the status from what was measured (run_outcome.cpp), copy files out,
//      ask init to empty the work folder; its answer is awaited when the box is used next
//
// A group of programs is several runs at once, each in a box, user and cgroup of its own (BoxPool
// hands them out together). The thread that asked for it watches them all in one loop, so a group
// costs no thread and nothing is shared between threads:
//
//   program A  -> pipe or FIFO ->  supervisor: 64 KiB, counted  -> pipe or FIFO ->  program B
//
//   1. steps 1 to 3 for each; all ends of all channels on our side are open before any program is,
//      so no open of a FIFO waits or fails, whatever the program does                (group_wiring)
//   2. one round: a wait for everything; what ended, in the order in which it ended; bytes moved as
//      far as there are bytes and room (ChannelRelay); limits of each program (RunMonitor); a look
//      whether all wait for each other                                              (group_monitor)
//   3. when the last has ended and every channel is drained: steps 7 for each
//
// The relay keeps two orders straight. The end of a stream reaches a reader only after init has told
// of the writer's end (or 20 ms later, if it has only closed its stream), so a program that fails
// because another one ended also ends after it. And while programs are killed for what another one
// did, nothing reaches them any more, so none of them finds a way to end by itself meanwhile.
//
// Who is trusted with what: a program can lie in its output, exit code and files, and nowhere else.
// Time, memory and the cause of death come from the cgroup, wait4, the seccomp listener and our own
// counting. A step of ours that fails is an Error naming the step, never a result; after any Error
// during a run the box is destroyed. A box also goes after kRunsPerBox runs.
//
// A run with Command::warm_start begins in another way in step 4 (box/warm.h): a runtime that has called
// fork() waits in the box, outside of the programs' user, cgroup and filter, and the run is a child of
// it that took on all of them before it returned from fork(). No program has a way to that process: not
// its user, not its descriptors, not its number in /proc; and it never leaves our library again. Between
// runs the rest of the box is emptied as always.
//
// If this process dies, however suddenly, the kernel closes its end of each socket; init sees that
// and exits, and with pid 1 every process of the namespace dies and the mounts go. The empty cgroups
// that remain carry our pid and start time in their name and are removed by the next start.
#include "sandbox/linux_sandbox.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

#include "base/check.h"
#include "base/random.h"
#include "sandbox/box_launch.h"
#include "sandbox/box_pool.h"
#include "sandbox/copy_files.h"
#include "sandbox/cpu_layout.h"
#include "sandbox/group_monitor.h"
#include "sandbox/group_wiring.h"
#include "sandbox/isolation.h"
#include "sandbox/program_cache.h"
#include "sandbox/run_meter.h"
#include "sandbox/run_monitor.h"
#include "sandbox/seccomp_filter.h"

namespace eval::sandbox {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Descriptors a program may hold: what distributions allow by default.
constexpr std::uint64_t kOpenFilesMax = 1024;

bool has_nul(const std::string& text) {
  return text.find('\0') != std::string::npos;
}

Result<void> check_command(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) {
    return fail(ErrorCode::BadInput, "a command for the sandbox has no program");
  }
  const std::string& program = command.argv.front();
  if (program.front() != '/' && program.rfind("./", 0) != 0) {
    return fail(ErrorCode::BadInput,
                fmt::format("program \"{}\" is neither an absolute path nor \"./name\"", program));
  }
  for (const std::string& argument : command.argv) {
    if (has_nul(argument)) return fail(ErrorCode::BadInput, "an argument contains a zero byte");
  }
  for (const auto& [name, value] : command.environment) {
    if (name.empty() || name.find('=') != std::string::npos || has_nul(name) || has_nul(value)) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a variable's name", name));
    }
  }
  const std::string& start = command.working_directory.native();
  if (!start.empty() && (start.front() != '/' || has_nul(start))) {
    return fail(ErrorCode::BadInput,
                fmt::format("working directory \"{}\" is not an absolute path", start));
  }
  for (const InputFile& file : command.files) EVAL_TRY(check_box_name(file.name));
  for (const std::string& name : command.outputs) EVAL_TRY(check_output_name(name));
  return {};
}

Result<void> check_limits(const Limits& limits) {
  if (limits.cpu_time > milliseconds(0) && limits.wall_time > milliseconds(0) &&
      limits.memory.count > 0 && limits.processes > 0) {
    return {};
  }
  return fail(ErrorCode::BadInput, "a limit on time, memory or processes is not positive");
}

// What files occupy in a tmpfs: whole pages, and what is copied in does not eat the program's share.
Result<Bytes> scratch_for(const Command& command, const Limits& limits,
                          const InputFile* elsewhere) {
  constexpr std::uint64_t kPage = 4096;
  std::uint64_t inputs = 0;
  for (const InputFile& file : command.files) {
    if (&file == elsewhere) continue;
    const Bytes size = EVAL_TRY(source_size(file.source));
    inputs += (size.count + kPage - 1) / kPage * kPage;
  }
  // In steps of 1 MiB, so that runs that differ little need no new size.
  return limits.work_folder + Bytes::mib((inputs + Bytes::mib(1).count - 1) / Bytes::mib(1).count);
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  return environment;
}

std::vector<std::size_t> order_of_ends(const RunningGroup& group) {
  std::vector<std::size_t> order(group.programs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&group](std::size_t a, std::size_t b) {
    return group.programs[a].ended_ns() < group.programs[b].ended_ns();
  });
  return order;
}

class LinuxSandbox final : public Sandbox {
 public:
  LinuxSandbox(Isolation isolation, CorePlan cores, std::unique_ptr<BoxPool> pool,
               UniqueFd warm_library)
      : isolation_(std::move(isolation)),
        cores_(std::move(cores)),
        warm_library_(std::move(warm_library)),
        pool_(std::move(pool)) {}

  std::string isolation() const override { return isolation_.name; }

  Result<ExecutionResult> run(const Command& command, const Limits& limits,
                              std::stop_token stop) override {
    EVAL_TRY(check_command(command));
    EVAL_TRY(check_limits(limits));
    const ViewKey view = EVAL_TRY(view_key_of(command));
    const BoxPool::Lease lease = EVAL_TRY(pool_->acquire({1, limits.alone}, view, stop));
    if (!lease || stop.stop_requested()) return cancelled();
    Box* const box = EVAL_TRY(pool_->clean_box(lease.slot(), view));
    Result<ExecutionResult> result =
        run_in({*box, lease.slot(), command, limits, EVAL_TRY(executable_of(command))}, stop);
    if (!result || !box->begin_clean()) BoxPool::discard(lease.slot(), box);
    return result;
  }

  Result<GroupResult> run_group(const std::vector<GroupMember>& members,
                                const std::vector<Channel>& channels, const GroupOptions& options,
                                std::stop_token stop) override {
    EVAL_TRY(check_group(members, channels, options));
    std::vector<ViewKey> views;
    bool alone = false;
    for (const GroupMember& member : members) {
      alone = alone || member.limits.alone;
      EVAL_TRY(check_command(member.command));
      EVAL_TRY(check_limits(member.limits));
      views.push_back(EVAL_TRY(view_key_of(member.command)));
    }
    const BoxPool::Lease lease =
        EVAL_TRY(pool_->acquire({members.size(), alone}, views.front(), stop));
    if (!lease || stop.stop_requested()) return cancelled_group(members.size(), channels.size());
    std::vector<Program> programs;
    for (std::size_t i = 0; i < members.size(); ++i) {
      Box* const box = EVAL_TRY(pool_->clean_box(lease.slot(i), views[i]));
      programs.push_back({*box, lease.slot(i), members[i].command, members[i].limits,
                          EVAL_TRY(executable_of(members[i].command))});
    }
    Result<GroupResult> result = run_group_in(programs, members, channels, options, stop);
    for (const Program& program : programs) {
      if (!result || !program.box.begin_clean()) BoxPool::discard(program.slot, &program.box);
    }
    return result;
  }

 private:
  // A command and where it runs.
  struct Program {
    Box& box;
    BoxSlot& slot;
    const Command& command;
    const Limits& limits;
    std::shared_ptr<const UniqueFd>
        executable;  // null: the program lies in the work folder or a view
  };

  // Built once for each kind of command.
  Result<SeccompFilter> filter_for(const Command& command) {
    const std::lock_guard lock(filters_mutex_);
    const std::pair key(command.profile, command.forbid_exec);
    const auto known = filters_.find(key);
    if (known != filters_.end()) return known->second;
    SeccompFilter filter = EVAL_TRY(
        build_seccomp_filter(command.profile, isolation_.cgroups.has_value(), command.forbid_exec));
    filters_.emplace(key, filter);
    return filter;
  }

  // In a user namespace the program's user owns what we make, and could mark it for the next run.
  Result<std::shared_ptr<const UniqueFd>> executable_of(const Command& command) {
    if (command.profile != Profile::Native || isolation_.user_namespace) return nullptr;
    return executables_.find(command);
  }

  // A user of its own keeps programs off the warm process, and a cgroup keeps its use of time and memory
  // out of theirs. It asks nobody about forbidden calls, so its filter must not.
  bool starts_warm(const Program& program) const {
    return program.command.warm_start && program.command.profile != Profile::Native &&
           !program.command.forbid_exec && !program.command.root &&
           program.command.working_directory.empty() && !isolation_.user_namespace &&
           program.slot.leaf;
  }

  ExecutionResult cancelled() const {
    ExecutionResult result;
    result.status = RunStatus::Cancelled;
    result.isolation = isolation_.name;
    return result;
  }

  // In no order of ends: nothing had begun.
  GroupResult cancelled_group(std::size_t members, std::size_t channels) const {
    GroupResult result;
    result.runs.assign(members, cancelled());
    result.channels.resize(channels);
    return result;
  }

  Result<ExecutionResult> run_in(const Program& program, const std::stop_token& stop) {
    EVAL_TRY(prepare(program));
    RunMonitor monitor = EVAL_TRY(start(program, {}));
    EVAL_TRY(watch_run(monitor, stop));
    return result_of(program, monitor);
  }

  Result<GroupResult> run_group_in(const std::vector<Program>& programs,
                                   const std::vector<GroupMember>& members,
                                   const std::vector<Channel>& channels,
                                   const GroupOptions& options, const std::stop_token& stop) {
    std::vector<WorkFolder> folders;
    for (const Program& program : programs) {
      EVAL_TRY(prepare(program));
      folders.push_back({program.box.work_folder(), owner_in(program.box)});
    }
    GroupWiring wiring = EVAL_TRY(wire_group(channels, folders, options.kept_bytes));
    RunningGroup group{{}, std::move(wiring.relays)};
    for (std::size_t i = 0; i < programs.size(); ++i) {
      RunMonitor monitor = EVAL_TRY(start(programs[i], std::move(wiring.streams[i])));
      group.programs.push_back(std::move(monitor));
    }
    EVAL_TRY(watch_group(group, members, channels, options, programs.front().slot.core, stop));
    GroupResult result;
    result.end_order = order_of_ends(group);
    for (std::size_t i = 0; i < programs.size(); ++i) {
      result.runs.push_back(result_of(programs[i], group.programs[i]));
    }
    for (ChannelRelay& relay : group.relays) result.channels.push_back(relay.take_result());
    return result;
  }

  Owner owner_in(const Box& box) const {
    return isolation_.user_namespace ? Owner() : Owner(box.options().user);
  }

  // A tool chain is not measured against anybody, and ends sooner on all cores.
  static int core_of(const Program& program) {
    return program.command.profile == Profile::Compiler ? -1 : program.slot.core;
  }

  // Makes the work folder what the command wants.
  Result<void> prepare(const Program& program) const {
    const InputFile* const elsewhere = program.executable ? program_file(program.command) : nullptr;
    const Bytes scratch = EVAL_TRY(scratch_for(program.command, program.limits, elsewhere));
    EVAL_TRY(program.box.resize(scratch));
    for (const InputFile& file : program.command.files) {
      if (&file == elsewhere) continue;
      EVAL_TRY(copy_in(program.box.work_folder(), file, owner_in(program.box)));
    }
    return {};
  }

  // Starts the program with `streams`; those that are not open are made: a copy of the standard
  // input, pipes for what it writes. What the program has of ours is closed again on return.
  Result<RunMonitor> start(const Program& program, ProgramStreams streams) {
    CgroupLeaf* const leaf = program.slot.leaf ? &*program.slot.leaf : nullptr;
    RunMeter meter = EVAL_TRY(RunMeter::start(program.box, leaf, program.limits));
    OutputPipes ours;
    if (!streams.standard_input.valid()) {
      streams.standard_input = EVAL_TRY(sealed_copy(program.command.standard_input));
    }
    if (!streams.standard_output.valid()) {
      Pipe output = EVAL_TRY(make_pipe());
      ours.standard_output = std::move(output.read_end);
      streams.standard_output = std::move(output.write_end);
    }
    Pipe error = EVAL_TRY(make_pipe());
    ours.standard_error = std::move(error.read_end);
    streams.standard_error = std::move(error.write_end);
    EVAL_TRY(send_request(program, streams));
    const int cores = core_of(program) >= 0 ? 1 : online_cores_;
    return RunMonitor(program.box, meter, std::move(ours), program.limits, cores);
  }

  Result<void> send_request(const Program& program, const ProgramStreams& streams) {
    const BoxSlot& slot = program.slot;
    const Limits& limits = program.limits;
    std::vector<int> descriptors = {streams.standard_input.value(), streams.standard_output.value(),
                                    streams.standard_error.value()};
    RunMessage message;
    const bool warm = starts_warm(program);
    UniqueFd joined;
    if (slot.leaf) {
      for (const int file : slot.leaf->attach_files()) descriptors.push_back(file);
      if (warm && slot.leaf->directory() >= 0) {
        joined = EVAL_TRY(slot.leaf->open_for_joining());
        descriptors.push_back(joined.value());
      }
      message.request.attach_files = static_cast<std::uint32_t>(descriptors.size() - 3);
      if (slot.leaf->directory() >= 0) {
        descriptors.push_back(slot.leaf->directory());
        message.request.cgroup_directory = 1;
      }
    }
    if (program.executable) {
      descriptors.push_back(program.executable->value());
      message.request.program_file = 1;
    }
    if (warm) {
      descriptors.push_back(warm_library_.value());
      message.request.warm = 1;
    }
    SeccompFilter filter = EVAL_TRY(filter_for(program.command));
    // The key is a new one for every run, and nobody but init shows it.
    message.request.exec_key = random_bits();
    set_exec_key(filter.program, message.request.exec_key);
    message.filter = filter.program.instructions;
    message.request.filter_notifies = filter.notifies ? 1 : 0;
    message.request.core = core_of(program);
    // A backstop should this process stall: whole seconds, and never before the real limit.
    message.request.cpu_seconds =
        static_cast<std::uint64_t>(std::chrono::ceil<seconds>(limits.cpu_time).count() + 1);
    message.request.file_bytes = limits.file_size.count;
    message.request.stack_bytes = limits.memory.count;
    message.request.open_files = kOpenFilesMax;
    // The limit is per user of the namespace, and init is one of them.
    const bool group_limits = slot.leaf && slot.leaf->limits_processes();
    message.request.processes =
        group_limits
            ? 0
            : static_cast<std::uint64_t>(limits.processes + (isolation_.user_namespace ? 1 : 0));
    message.argv = program.command.argv;
    message.environment = environment_of(program.command);
    message.working_directory = program.command.working_directory.string();
    return program.box.start(message, descriptors);
  }

  ExecutionResult result_of(const Program& program, RunMonitor& monitor) const {
    ExecutionResult result = monitor.take_result();
    result.isolation = isolation_.name;
    result.outputs = copy_outputs(program.box.work_folder(), program.command.outputs,
                                  program.limits.output_file);
    return result;
  }

  const Isolation isolation_;
  const CorePlan cores_;  // claimed until the last box is gone
  std::mutex filters_mutex_;
  std::map<std::pair<Profile, bool>, SeccompFilter> filters_;  // guarded by filters_mutex_
  const int online_cores_ = static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  ProgramCache executables_;
  const UniqueFd warm_library_;
  const std::unique_ptr<BoxPool> pool_;  // after the cgroups it uses: destroyed first
};

}  // namespace

Result<std::unique_ptr<Sandbox>> create_linux_sandbox(const LinuxSandboxOptions& options) {
  Isolation isolation = EVAL_TRY(choose_isolation(options));
  CorePlan plan;
  if (options.pin && options.cores.empty()) plan = CorePlan::make(machine_cores(), options.boxes);
  if (!plan.warning().empty() && options.warn) options.warn(plan.warning());
  const std::vector<int>& cores =
      options.pin && !options.cores.empty() ? options.cores : plan.cpus();
  std::unique_ptr<BoxPool> pool =
      EVAL_TRY(BoxPool::create(options.boxes, cores, isolation, options.failing_step));
  return std::make_unique<LinuxSandbox>(std::move(isolation), std::move(plan), std::move(pool),
                                        EVAL_TRY(make_warm_image()));
}

}  // namespace eval::sandbox
