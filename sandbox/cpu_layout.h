#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/unique_fd.h"

namespace eval::sandbox {

// The logical CPUs of one physical core that this process may use. They share its units and caches,
// so a program on one of them slows a program on another.
struct PhysicalCore {
  std::vector<int> cpus;  // ascending, not empty

  friend bool operator==(const PhysicalCore&, const PhysicalCore&) = default;
};

// "0-3,8": the kernel's form of a set of CPUs, ascending. What is not understood is left out.
std::vector<int> parse_cpu_list(std::string_view text);

// The cores of the CPUs in `allowed`, by their first CPU, from a folder like /sys/devices/system/cpu.
// CPUs that are offline are left out; one that the folder has nothing about (a container without
// /sys) counts as a core of its own.
std::vector<PhysicalCore> read_cores(const fs::path& folder, const std::vector<int>& allowed);

// The CPUs this process may run on: its affinity mask, which a cpuset limits too.
std::vector<int> allowed_cpus();

// Both of this machine.
std::vector<PhysicalCore> machine_cores();

// "4 physical cores, CPUs 0+4 1+5 2+6 3+7".
std::string describe_cores(const std::vector<PhysicalCore>& cores);

// A physical core of its own for each worker, as long as this lives. Other processes that plan cores
// (another evalctl at the same time) get other ones: a core is claimed by a socket of its name, which
// the kernel takes back when its owner ends, however it ends.
class CorePlan {
 public:
  // Chooses among `cores`, one logical CPU of each. All workers get a core, or none does.
  static CorePlan make(const std::vector<PhysicalCore>& cores, int workers);

  // By worker; empty: not pinned, and warning() says why and what to do.
  const std::vector<int>& cpus() const { return cpus_; }
  const std::string& warning() const { return warning_; }

 private:
  std::vector<int> cpus_;
  std::vector<UniqueFd> claims_;
  std::string warning_;
};

}  // namespace eval::sandbox
