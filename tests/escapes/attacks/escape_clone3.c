// Tries: to get capabilities through clone3, whose flags lie in memory where a filter cannot look,
// and to join another cgroup with it.
// Must stop it: clone3 does not exist in the box.
#include "attack.h"

#include <linux/sched.h>

int main(void) {
  struct clone_args arguments;
  const unsigned long long flags[] = {CLONE_NEWUSER, CLONE_NEWUSER | CLONE_NEWNS, CLONE_NEWNET,
                                      CLONE_NEWTIME, CLONE_INTO_CGROUP,           0};
  for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; ++i) {
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = flags[i];
    arguments.exit_signal = SIGCHLD;
    const long child = syscall(435, &arguments, sizeof arguments);
    if (child == 0) _exit(0);
    must_fail("clone3", child);
  }
  return finish();
}
