#include "sandbox/seccomp_filter.h"

#include <fmt/format.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/unique_fd.h"

namespace eval::sandbox {
namespace {

struct ContextDeleter {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, ContextDeleter>;

// No honest contest program calls these. Each has been part of an escape, reaches outside the
// namespaces of the box, or only makes sense to administrators.
constexpr const char* kForbidden[] = {
    // file system structure, handles that go around the root
    "mount",
    "umount",
    "umount2",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "pivot_root",
    "chroot",
    "name_to_handle_at",
    "open_by_handle_at",
    "quotactl",
    "quotactl_fd",
    "fanotify_init",
    "fanotify_mark",
    "swapon",
    "swapoff",
    "acct",
    // other processes and namespaces
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "setns",
    "unshare",
    // kernel subsystems with a history, keyrings shared by user
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "add_key",
    "request_key",
    "keyctl",
    "seccomp",
    "init_module",
    "finit_module",
    "delete_module",
    "kexec_load",
    "kexec_file_load",
    "lookup_dcookie",
    "uselib",
    "vm86",
    "vm86old",
    "modify_ldt",
    "iopl",
    "ioperm",
    // the machine
    "reboot",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "stime",
    "sethostname",
    "setdomainname",
    "vhangup",
    "nfsservctl",
};

// statmount, listmount, open_tree_attr: the same number everywhere, newer than libseccomp 2.5.
constexpr int kForbiddenNumbers[] = {457, 458, 467};

// Absent as on a kernel without them: libraries fall back. clone3 hides its flags from a filter
// behind a pointer; System V and POSIX queues would outlive the run; io_uring goes around filters;
// secret memory is not charged like other memory.
constexpr const char* kAbsent[] = {
    "clone3",       "io_uring_setup", "io_uring_enter", "io_uring_register",
    "memfd_secret", "shmget",         "shmat",          "shmctl",
    "semget",       "semop",          "semctl",         "semtimedop",
    "msgget",       "msgsnd",         "msgrcv",         "msgctl",
    "mq_open",      "mq_unlink",      "mq_notify",      "mq_getsetattr",
};

// Refused without ending the program: runtimes try them and go on.
constexpr const char* kRefused[] = {"sched_setaffinity", "personality", "migrate_pages"};

// CLONE_NEWTIME is no flag of clone(): its bit belongs to the exit signal there.
constexpr std::uint64_t kNamespaceFlags[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS,
                                             CLONE_NEWIPC, CLONE_NEWUSER,   CLONE_NEWPID,
                                             CLONE_NEWNET};

class Builder {
 public:
  explicit Builder(scmp_filter_ctx context) : context_(context) {}

  void add(std::uint32_t action, int number) {
    note(seccomp_rule_add(context_, action, number, 0));
  }
  void add(std::uint32_t action, const char* name) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number != __NR_SCMP_ERROR) add(action, number);
  }
  void add_if(std::uint32_t action, int number, scmp_arg_cmp condition) {
    note(seccomp_rule_add_array(context_, action, number, 1, &condition));
  }
  int fault() const { return fault_; }

 private:
  // A call that this architecture does not have (EDOM) needs no rule; one equal to the default
  // action (EACCES) cannot happen here and is reported.
  void note(int result) {
    if (result < 0 && result != -EDOM && fault_ == 0) fault_ = -result;
  }

  scmp_filter_ctx context_;
  int fault_ = 0;
};

void add_rules(Builder& builder, std::uint32_t forbidden) {
  const std::uint32_t absent = SCMP_ACT_ERRNO(ENOSYS);
  const std::uint32_t refused = SCMP_ACT_ERRNO(EPERM);
  for (const char* name : kForbidden) builder.add(forbidden, name);
  for (const int number : kForbiddenNumbers) builder.add(forbidden, number);
  for (const char* name : kAbsent) builder.add(absent, name);
  for (const char* name : kRefused) builder.add(refused, name);
  for (const std::uint64_t flag : kNamespaceFlags) {
    builder.add_if(forbidden, SCMP_SYS(clone), SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
  }
  // Only local sockets: no network, and none of the families reached from no namespace (vsock, alg).
  builder.add_if(SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), SCMP_A0(SCMP_CMP_NE, AF_UNIX));
  // In a user namespace init is the same user; its limits are not the program's to change.
  builder.add_if(refused, SCMP_SYS(prlimit64), SCMP_A0(SCMP_CMP_NE, 0));
  // Typing into a terminal (CVE-2017-5226). The kernel looks at the low 32 bits only.
  constexpr std::uint64_t kLow = 0xffffffffU;
  builder.add_if(refused, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, kLow, TIOCSTI));
  builder.add_if(refused, SCMP_SYS(ioctl), SCMP_A1(SCMP_CMP_MASKED_EQ, kLow, TIOCLINUX));
}

Failure fault(std::string_view what, int number) {
  return fail(system_error(ErrorCode::Infrastructure, what, number));
}

Result<std::vector<std::uint64_t>> export_program(scmp_filter_ctx context) {
  const UniqueFd file(memfd_create("filter", MFD_CLOEXEC));
  if (!file.valid()) return fault("cannot make room for a system call filter", errno);
  const int exported = seccomp_export_bpf(context, file.value());
  if (exported < 0) return fault("libseccomp cannot export a filter", -exported);
  const off_t bytes = lseek(file.value(), 0, SEEK_END);
  if (bytes <= 0 || bytes % 8 != 0) return fault("libseccomp exported no filter", 0);
  std::vector<std::uint64_t> program(static_cast<std::size_t>(bytes / 8));
  if (pread(file.value(), program.data(), static_cast<std::size_t>(bytes), 0) != bytes) {
    return fault("cannot read a system call filter", errno);
  }
  return program;
}

}  // namespace

Result<SeccompFilter> build_seccomp_filter(Profile profile, bool memory_is_charged) {
  const Context context(seccomp_init(SCMP_ACT_ALLOW));
  if (!context) return fault("libseccomp cannot start a filter", ENOMEM);
  // A 32-bit or x32 call would go past every rule below.
  int result = seccomp_attr_set(context.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
  // Level 2 is a binary tree: about 7 comparisons a call instead of 90.
  if (result == 0) result = seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (result < 0) return fault("libseccomp cannot set up a filter", -result);
  SeccompFilter filter;
  filter.notifies = profile == Profile::Native;
  Builder builder(context.get());
  add_rules(builder, filter.notifies ? SCMP_ACT_NOTIFY : SCMP_ACT_ERRNO(EPERM));
  if (!memory_is_charged) builder.add(SCMP_ACT_ERRNO(ENOSYS), "memfd_create");
  if (builder.fault() != 0) return fault("libseccomp refuses a rule", builder.fault());
  filter.instructions = EVAL_TRY(export_program(context.get()));
  return filter;
}

std::string syscall_name(int number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free);
  return name ? std::string(name.get()) : fmt::format("{}", number);
}

}  // namespace eval::sandbox
