#include "sandbox/seccomp_filter.h"

#include <fmt/format.h>
#include <seccomp.h>

#include <cstdlib>
#include <memory>
#include <span>

#include "sandbox/seccomp_calls.h"

namespace eval::sandbox {
namespace {

// A call that this architecture does not have gets no rule.
void set_rule(CallTable& table, const char* name, CallRule rule) {
  const int number = seccomp_syscall_resolve_name(name);
  if (number >= 0) table.rules[number] = rule;
}

void set_rules(CallTable& table, std::span<const char* const> names, CallRule rule) {
  for (const char* name : names) set_rule(table, name, rule);
}

}  // namespace

CallTable calls_of(Profile profile, bool by_cgroup, bool one_exec) {
  const bool native = profile == Profile::Native;
  CallTable table;
  // Init answers calls that are newer than our lists with ENOSYS, so that a new C library falls back.
  table.otherwise = native ? CallRule::Notify : CallRule::Absent;
  table.forbidden = native ? CallRule::Notify : CallRule::Refused;
  set_rules(table, calls_of_programs(), CallRule::Allow);
  if (!native) set_rules(table, calls_of_runtimes(), CallRule::Allow);
  if (profile == Profile::Image) set_rules(table, calls_of_images(), CallRule::Allow);
  set_rules(table, calls_forbidden(), table.forbidden);
  set_rules(table, calls_absent(), CallRule::Absent);
  set_rules(table, calls_refused(), CallRule::Refused);
  set_rule(table, "clone", CallRule::NoNamespaces);
  // No network, and none of the families reached from no namespace (vsock, alg).
  set_rule(table, "socket", CallRule::LocalSockets);
  // In a user namespace init is the same user; its limits are not the program's to change.
  set_rule(table, "prlimit64", CallRule::OwnLimits);
  // Typing into a terminal (CVE-2017-5226).
  set_rule(table, "ioctl", CallRule::NoTerminalInput);
  if (native) {
    // Locks and watches on files that boxes share (the host's libraries, a sealed program) would be seen
    // in another box. Runtimes and tools have honest use for them.
    set_rule(table, "fcntl", CallRule::NoLocks);
    set_rules(table, calls_refused_to_programs(), CallRule::Refused);
  }
  if (one_exec) {
    set_rule(table, "execve", CallRule::FirstExecOnly);
    set_rule(table, "execveat", CallRule::FirstExecOnlyAt);
  }
  if (!by_cgroup) set_rule(table, "memfd_create", CallRule::Absent);
  // Children of a parent that ignores SIGCHLD are reaped by nobody, and their times are lost. Refused it
  // cannot be: Go's runtime sets an action for every signal and dies of an error. Shells and tools live
  // by this signal, so theirs stays.
  if (!by_cgroup && native) set_rule(table, "rt_sigaction", CallRule::KeepsChildren);
  return table;
}

Result<SeccompFilter> build_seccomp_filter(Profile profile, bool by_cgroup, bool one_exec) {
  SeccompFilter filter;
  filter.notifies = profile == Profile::Native;
  filter.program = EVAL_TRY(compile_calls(calls_of(profile, by_cgroup, one_exec)));
  return filter;
}

std::string syscall_name(int number) {
  const std::unique_ptr<char, decltype(&std::free)> name(
      seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number), &std::free);
  return name ? std::string(name.get()) : fmt::format("{}", number);
}

}  // namespace eval::sandbox
