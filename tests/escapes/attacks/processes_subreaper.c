// Tries: to collect its orphans itself, outlive its parent and change its name, so that whoever ends
// the run by parentage or name misses some.
// Must stop it: the end of the run kills the whole pid namespace, whoever the parent is.
#include "attack.h"

#include <sys/prctl.h>

int main(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_PDEATHSIG, 0);
  prctl(PR_SET_DUMPABLE, 1);
  prctl(PR_SET_NAME, "init");
  for (int i = 0; i < 10; ++i) {
    if (fork() == 0) {
      prctl(PR_SET_CHILD_SUBREAPER, 1);
      if (fork() == 0) {
        setsid();
        for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
        prctl(PR_SET_NAME, "kworker/0:0");
        sleep(20);
        escaped("an orphan lived for 20 s");
      }
      _exit(0);
    }
  }
  return finish();
}
