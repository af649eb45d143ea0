// Tries: to see, signal, slow down or read a run in another box.
// Must stop it: a pid namespace and a user for every box.
#include "attack.h"

int main(int count, char** values) {
  const int looking = count > 1 && strcmp(values[1], "look") == 0;
  if (!looking) {
    usleep(1500000);
    return finish();
  }
  for (int round = 0; round < 3; ++round) {
    for (pid_t pid = 2; pid < 66000; ++pid) {
      if (pid == getpid()) continue;
      if (kill(pid, SIGKILL) == 0) escaped("killed process %d", pid);
      if (setpriority(PRIO_PROCESS, (id_t)pid, 19) == 0) escaped("slowed process %d", pid);
    }
    setpriority(PRIO_USER, getuid() + 1, 19);
    usleep(50000);
  }
  return finish();
}
