// Tries: to kill or stop everything it can name: all, init, its parent, the judge, every number.
// Must stop it: the pid namespace and a user of its own; signals to init are ignored.
#include "attack.h"

int main(void) {
  signal(SIGTERM, SIG_IGN);
  const pid_t self = getpid();
  const pid_t judge = atoi(bait("BAIT_PID"));
  kill(-1, SIGKILL);
  kill(1, SIGKILL);
  kill(1, SIGSTOP);
  kill(getppid(), SIGKILL);
  for (pid_t pid = 2; pid < 70000; ++pid) {
    if (pid != self && kill(pid, SIGKILL) == 0) escaped("killed process %d", pid);
  }
  if (judge > 0 && judge != self && kill(judge, 0) == 0) escaped("sees the judge, %d", judge);
  return finish();
}
