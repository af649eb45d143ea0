// Tries: to spend its time in thousands of children made by vfork, each too short to be seen.
// Must stop it: the CPU limit, which counts ended children.
#include "attack.h"

int main(void) {
  struct rusage usage;
  for (int i = 0; i < 100000; ++i) {
    const pid_t child = vfork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, NULL, 0);
    getrusage(RUSAGE_CHILDREN, &usage);
    const long children = usage.ru_utime.tv_sec * 1000 + usage.ru_stime.tv_sec * 1000 +
                          (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    if (children + cpu_ms() > 4000) {
      escaped("used %ld ms of CPU", children + cpu_ms());
      return 0;
    }
  }
  return finish();
}
