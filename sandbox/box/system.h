#pragma once

#include <cstddef>
#include <cstdint>

#include "sandbox/box_protocol.h"

// What the parts of a box's init share. This program is static, single-threaded and never
// allocates: it is cloned from for every run, and a small address space makes that cheap.
namespace eval::sandbox::box {

using protocol::Step;

// Where something went wrong; step None is success.
struct Fault {
  Step step = Step::None;
  int sys_errno = 0;
  std::uint32_t entry = 0;

  bool ok() const { return step == Step::None; }
};

Fault fault_here(Step step, std::uint32_t entry = 0);  // with the current errno

// For tests: the step that fails next (protocol::BuildRequest). True, once and with errno set, if that
// is `step`; asked right before the step is taken.
void set_failing_step(Step step);
bool fails_here(Step step);

// Keeps of all capabilities only those that init needs for runs, and empties the bounding set.
Fault keep_needed_capabilities();

// Empties the effective, permitted and inheritable sets of the caller. 0 or -1.
int drop_all_capabilities();
// Of init's capabilities only those with which a process becomes another user, also after an exec. 0 or -1.
int keep_capabilities_of_warm();

// Builds the root and enters it. `entries` as described at BuildRequest.
Fault build_root(const protocol::BuildRequest& request, const char* entries, const char* end);

// Sets the size limit of the scratch file system (/box, /tmp, /dev/shm).
Fault resize_scratch(std::uint64_t bytes);

// Opens what is needed between runs: the scratch folders (without /tmp in a root of its own, which keeps
// it), and the file of our own OOM score.
Fault open_kept_files(const protocol::BuildRequest& request);
// Takes how the empty scratch file system looks now: after it was made, and after a new size.
int note_empty();

// Empties /box, /tmp and /dev/shm. No process but init and the warm one (warm.h) may be alive.
Fault clean_scratch();

// Makes the rules that every program enters; no Landlock in this kernel is no fault.
Fault prepare_landlock(bool own_root);
// Called by the program's process, after it gave up new privileges. 0 or -1.
int enter_landlock();
// A descriptor of those rules, -1: none; and the same for a process that was sent it.
int landlock_rules();
void set_landlock_rules(int rules);

// True: what is cloned from now on is the kernel's first choice when the whole machine is out of memory;
// so is this process meanwhile. Best effort: where /proc is restricted the default stands.
void prefer_for_oom(bool preferred);

// Opens what lets process numbers start anew after each run, where the kernel has it. Before the
// root is built: the box's own /proc shows no /proc/sys.
void open_process_numbers();

// As whom programs run.
void set_program_user(std::uint32_t uid, bool user_namespace);

// Runs one program to its end; `message` is the whole RunRequest of `size` bytes. False: the
// supervisor is gone and init must end.
bool run_program(const char* message, std::size_t size, const int* descriptors,
                 int descriptor_count, protocol::Reply& reply);

}  // namespace eval::sandbox::box
