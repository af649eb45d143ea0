// Tries: to compute in orphans of orphans while the first process idles, so that only idle time is
// seen by who waits for it.
// Stopped by: CPU time is that of the cgroup, or of every process that init reaps.
// Outcome: cpu_time_limit
#include <unistd.h>

int main(void) {
  if (fork() == 0) {
    setsid();
    if (fork() == 0) {
      for (;;) {
      }
    }
    _exit(0);
  }
  for (;;) pause();
}
