// Tries: to get more time, priority, cores or memory than granted, also for the box's init.
// Stopped by: hard limits without CAP_SYS_RESOURCE, seccomp on affinity and foreign prlimit.
// Outcome: exited
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void) {
  struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_CPU, &none) == 0) puts("ESCAPED: CPU limit raised");
  if (setrlimit(RLIMIT_FSIZE, &none) == 0) puts("ESCAPED: file size limit raised");
  struct rlimit few = {0, 0};
  if (prlimit(1, RLIMIT_NOFILE, &few, NULL) == 0) puts("ESCAPED: limit of init changed");
  if (setpriority(PRIO_PROCESS, 0, -20) == 0) puts("ESCAPED: priority raised");
  struct sched_param urgent = {.sched_priority = 50};
  if (sched_setscheduler(0, SCHED_FIFO, &urgent) == 0) puts("ESCAPED: real-time scheduling");
  cpu_set_t all;
  for (int i = 0; i < CPU_SETSIZE; ++i) CPU_SET(i, &all);
  if (sched_setaffinity(0, sizeof all, &all) == 0) puts("ESCAPED: cores chosen freely");
  static char page[1 << 20];
  if (mlock(page, sizeof page) == 0) puts("ESCAPED: memory locked");
  return 0;
}
