// Tries: to get capabilities by making new namespaces.
// Must stop it: unshare is forbidden.
#include "attack.h"

#include <sched.h>

int main(void) {
  const int flags[] = {CLONE_NEWUSER,
                       CLONE_NEWNS,
                       CLONE_NEWPID,
                       CLONE_NEWNET,
                       CLONE_NEWIPC,
                       CLONE_NEWUTS,
                       CLONE_NEWCGROUP,
                       0x80,
                       CLONE_NEWUSER | CLONE_NEWNS,
                       CLONE_NEWUSER | CLONE_NEWNET};
  for (unsigned i = 0; i < sizeof flags / sizeof flags[0]; ++i) {
    must_fail("unshare", unshare(flags[i]));
  }
  return finish();
}
