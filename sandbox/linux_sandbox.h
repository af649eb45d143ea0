#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sandbox/box_steps.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// How much isolation a run insists on; less than this is refused with what to do about it.
enum class IsolationFloor { Cgroup, Namespaces };

struct LinuxSandboxOptions {
  int boxes = 1;  // built at most; one per judge worker
  // Worker i, and every program of a group it runs, is pinned to CPU cores[i % size]. Empty: chosen
  // from what is free, a physical core for each worker, so that siblings never judge at once; if
  // there are not enough, nothing is pinned.
  std::vector<int> cores = {};
  IsolationFloor floor = IsolationFloor::Namespaces;
  bool pin = true;  // false: programs run wherever the kernel puts them
  // Told, while the sandbox is made, what the user should know about it: one sentence a call.
  std::function<void(const std::string&)> warn = {};
  // A lower rung than the machine offers: for tests and measurements of it, not for judging.
  bool without_cgroups = false;
  bool in_user_namespace = false;
  // For tests of our own failures: the step of box_protocol.h that fails next; None after it has.
  FailingStep failing_step = {};
};

// One probed capability of this machine, for `evalctl doctor`.
struct Capability {
  std::string name;  // "cgroup v1 memory controller"
  bool available = false;
  std::string detail;  // version, path, or why not
  std::string help;    // what to do about it when not available
};

// What this machine offers. Changes nothing that outlives the call.
std::vector<Capability> probe_capabilities();

// What the rung of that name ("userns+rlimits+landlock") does not promise though a higher one does, a
// clause each. Empty for the highest.
std::vector<std::string> unpromised(std::string_view rung);

// Builds the pool lazily: the first run in each box pays for its construction. Error if the machine
// offers less than `options.floor`.
Result<std::unique_ptr<Sandbox>> create_linux_sandbox(const LinuxSandboxOptions& options);

}  // namespace eval::sandbox
