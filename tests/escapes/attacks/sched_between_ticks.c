// Tries: to hide CPU time by sleeping whenever the clock tick samples who is running.
// Must stop it: CPU time is measured at every switch, not sampled at ticks.
#include "attack.h"

int main(void) {
  const struct timespec pause = {0, 50000};
  struct timespec start, now;
  for (;;) {
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
      clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 700000);
    nanosleep(&pause, NULL);
    if (cpu_ms() > 4000) break;
  }
  escaped("used 4 s of CPU");
  return 0;
}
