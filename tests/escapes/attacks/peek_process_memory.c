// Tries: to read and write other processes' memory and take their descriptors, by the calls that
// need no tracing.
// Must stop it: process_vm_readv, process_vm_writev, pidfd_getfd, kcmp and process_madvise are
// forbidden.
#include "attack.h"

#include <sys/uio.h>

int main(void) {
  char buffer[64];
  const pid_t child = fork();
  if (child == 0) {
    for (;;) pause();
  }
  const int pids[] = {child, 1, atoi(bait("BAIT_PID"))};
  for (int i = 0; i < 3; ++i) {
    const struct iovec here = {buffer, sizeof buffer};
    const struct iovec there = {buffer, sizeof buffer};
    must_fail("process_vm_readv", process_vm_readv(pids[i], &here, 1, &there, 1, 0));
    must_fail("process_vm_writev", process_vm_writev(pids[i], &here, 1, &there, 1, 0));
    must_fail("kcmp", syscall(SYS_kcmp, getpid(), pids[i], 0, 0, 0));
    const long handle = syscall(434, pids[i], 0);
    if (handle < 0) continue;
    must_fail("pidfd_getfd", syscall(438, handle, 0, 0));
    must_fail("process_madvise", syscall(440, handle, &there, 1, MADV_COLD, 0));
  }
  return finish();
}
