// Tries: to replace its program again and again, so that every clock starts anew.
// Must stop it: the CPU limit, counted for the run and not per program.
#include "attack.h"

int main(int count, char** values) {
  (void)count;
  const int round = values[1] ? atoi(values[1]) : 0;
  if (cpu_ms() > 4000) {
    escaped("used %ld ms of CPU in %d programs", cpu_ms(), round);
    return 0;
  }
  char next[16];
  snprintf(next, sizeof next, "%d", round + 1);
  char* const arguments[] = {values[0], next, NULL};
  burn_until_ms(cpu_ms() + 5);
  execv("/proc/self/exe", arguments);
  execv(values[0], arguments);
  return 1;
}
