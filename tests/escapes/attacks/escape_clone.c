// Tries: to get capabilities by starting children in new namespaces, with every flag alone and with
// bits above the 32nd set.
// Must stop it: clone with a namespace flag is forbidden.
#include "attack.h"

#include <sched.h>

int main(void) {
  const unsigned long flags[] = {CLONE_NEWUSER,
                                 CLONE_NEWNS,
                                 CLONE_NEWPID,
                                 CLONE_NEWNET,
                                 CLONE_NEWIPC,
                                 CLONE_NEWUTS,
                                 CLONE_NEWCGROUP,
                                 CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID,
                                 CLONE_NEWUSER | 0x100000000UL};
  for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; ++i) {
    const long child = syscall(SYS_clone, flags[i] | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    must_fail("clone into a new namespace", child);
  }
  return finish();
}
