#include <cerrno>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/box/system.h"

namespace eval::sandbox::box {
namespace {

// Why each is kept: remounting the scratch with another size; becoming the box's user; killing the
// program; emptying folders that the program closed to others; giving capabilities away.
constexpr int kNeeded[] = {CAP_SYS_ADMIN,    CAP_SETUID, CAP_SETGID, CAP_KILL,
                           CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_SETPCAP};

// What init passes on to a warm process (warm.h), which makes programs' processes as init does.
constexpr std::uint64_t kOfWarm = std::uint64_t{1} << CAP_SETUID | std::uint64_t{1} << CAP_SETGID;

Step failing_step = Step::None;

constexpr std::uint64_t needed_mask() {
  std::uint64_t mask = 0;
  for (const int capability : kNeeded) mask |= std::uint64_t{1} << capability;
  return mask;
}

int set_capabilities(std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int i = 0; i < 2; ++i) {
    data[i].permitted = static_cast<std::uint32_t>(permitted >> (32 * i));
    data[i].effective = data[i].permitted;
    data[i].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * i));
  }
  return static_cast<int>(syscall(SYS_capset, &header, data));
}

std::uint64_t permitted_now() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (syscall(SYS_capget, &header, data) < 0) return 0;
  return data[0].permitted | std::uint64_t{data[1].permitted} << 32;
}

}  // namespace

Fault fault_here(Step step, std::uint32_t entry) {
  return {step, errno, entry};
}

void set_failing_step(Step step) {
  failing_step = step;
}

bool fails_here(Step step) {
  if (failing_step != step || step == Step::None) return false;
  failing_step = Step::None;
  errno = protocol::kInjectedErrno;
  return true;
}

Fault keep_needed_capabilities() {
  // While the bounding set still allows it; a program's process empties this one too.
  const std::uint64_t held = permitted_now();
  if (set_capabilities(held, held & kOfWarm) < 0) return fault_here(Step::DropCapabilities);
  // The bounding set is what an exec may gain, and nothing below us may gain anything: it ends up empty,
  // while init keeps what it holds. The first number the kernel does not know ends the loop.
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; ++capability) {
    if (prctl(PR_CAPBSET_DROP, capability) < 0) return fault_here(Step::DropCapabilities);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (fails_here(Step::DropCapabilities) ||
      set_capabilities(held & needed_mask(), held & kOfWarm) < 0) {
    return fault_here(Step::DropCapabilities);
  }
  return {};
}

int drop_all_capabilities() {
  return set_capabilities(0, 0);
}

int keep_capabilities_of_warm() {
  return set_capabilities(kOfWarm, kOfWarm);
}

}  // namespace eval::sandbox::box
