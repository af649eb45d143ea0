// Tries: to enter the namespaces of init and of the judge by /proc and by process descriptor.
// Must stop it: setns is forbidden; the judge has no number in the box.
#include "attack.h"

#include <sched.h>

int main(void) {
  const char* kinds[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
  const int pids[] = {1, atoi(bait("BAIT_PID")), getpid()};
  for (int p = 0; p < 3; ++p) {
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
      char path[64];
      snprintf(path, sizeof path, "/proc/%d/ns/%s", pids[p], kinds[i]);
      const int fd = open(path, O_RDONLY);
      if (fd >= 0) must_fail(path, setns(fd, 0));
      if (fd >= 0) close(fd);
    }
    const long handle = syscall(434, pids[p], 0);
    if (handle >= 0) must_fail("setns by process", setns((int)handle, CLONE_NEWNS | CLONE_NEWPID));
  }
  must_fail("setns on nothing", setns(0, 0));
  return finish();
}
