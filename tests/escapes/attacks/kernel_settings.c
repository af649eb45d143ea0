// Tries: to write kernel settings and per-process files that reach the host: core pattern, sysrq,
// user maps, cgroups.
// Must stop it: /proc shows processes only, there is no /sys, and maps are fixed.
#include "attack.h"

static void try_write(const char* path, const char* text) {
  const int fd = open(path, O_WRONLY);
  must_fail(path, fd < 0 ? -1 : write(fd, text, strlen(text)));
  if (fd >= 0) close(fd);
}

int main(void) {
  try_write("/proc/sys/kernel/core_pattern", "|/box/x");
  try_write("/proc/sys/kernel/modprobe", "/box/x");
  try_write("/proc/sys/kernel/hostname", "escaped");
  try_write("/proc/sys/kernel/ns_last_pid", "1000");
  try_write("/proc/sys/vm/overcommit_memory", "1");
  try_write("/proc/sys/fs/binfmt_misc/register", ":x:E::x::/box/x:");
  try_write("/proc/sysrq-trigger", "h");
  try_write("/proc/self/uid_map", "0 0 1");
  try_write("/proc/self/gid_map", "0 0 1");
  try_write("/proc/self/timens_offsets", "monotonic 100 0");
  try_write("/proc/self/mem_none", "x");
  try_write("/proc/self/attr/current", "unconfined");
  try_write("/proc/1/oom_score_adj", "1000");
  try_write("/sys/fs/cgroup/cgroup.procs", "0");
  try_write("/sys/kernel/uevent_helper", "/box/x");
  return finish();
}
