// Tries: to trace init, its parent and the judge, and to be traced.
// Must stop it: ptrace is forbidden.
#include "attack.h"

#include <sys/ptrace.h>

int main(void) {
  const int pids[] = {1, getppid(), atoi(bait("BAIT_PID"))};
  for (int i = 0; i < 3; ++i) {
    if (pids[i] == getpid() || pids[i] == 0) continue;
    must_fail("PTRACE_ATTACH", ptrace(PTRACE_ATTACH, pids[i], 0, 0));
    must_fail("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pids[i], 0, 0));
  }
  must_fail("PTRACE_TRACEME", ptrace(PTRACE_TRACEME, 0, 0, 0));
  return finish();
}
