// Tries: to raise its own resource limits, those of init and those of the judge.
// Must stop it: hard limits without CAP_SYS_RESOURCE, other users' processes.
#include "attack.h"

int main(void) {
  const int kinds[] = {RLIMIT_CPU,    RLIMIT_FSIZE,    RLIMIT_DATA,      RLIMIT_STACK,
                       RLIMIT_CORE,   RLIMIT_NPROC,    RLIMIT_NOFILE,    RLIMIT_MEMLOCK,
                       RLIMIT_AS,     RLIMIT_LOCKS,    RLIMIT_NICE,      RLIMIT_RTPRIO,
                       RLIMIT_RTTIME, RLIMIT_MSGQUEUE, RLIMIT_SIGPENDING};
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)kinds[i], &limit) < 0) continue;
    if (limit.rlim_max == RLIM_INFINITY) {
      if (kinds[i] == RLIMIT_CPU || kinds[i] == RLIMIT_CORE || kinds[i] == RLIMIT_FSIZE) {
        escaped("no limit on resource %d", kinds[i]);
      }
      continue;
    }
    limit.rlim_max += 1;
    must_fail("setrlimit", setrlimit((__rlimit_resource_t)kinds[i], &limit));
  }
  struct rlimit low = {1, 1};
  must_fail("prlimit of init", prlimit(1, RLIMIT_NOFILE, &low, NULL));
  const pid_t judge = atoi(bait("BAIT_PID"));
  if (judge != getpid()) {
    must_fail("prlimit of the judge", prlimit(judge, RLIMIT_NOFILE, &low, NULL));
  }
  return finish();
}
