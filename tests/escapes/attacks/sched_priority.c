// Tries: to run before everybody else: negative nice, real time, deadlines, disk priority.
// Must stop it: no CAP_SYS_NICE, no limits that allow it.
#include "attack.h"

#include <sched.h>

int main(void) {
  errno = 0;
  if (setpriority(PRIO_PROCESS, 0, -20) == 0) escaped("nice -20");
  if (nice(-1) != -1 && errno == 0) escaped("nice went down");
  const struct sched_param high = {50};
  must_fail("SCHED_FIFO", sched_setscheduler(0, SCHED_FIFO, &high));
  must_fail("SCHED_RR", sched_setscheduler(0, SCHED_RR, &high));
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } deadline = {48, 6, 0, 0, 0, 10000000, 20000000, 20000000};
  must_fail("SCHED_DEADLINE", syscall(SYS_sched_setattr, 0, &deadline, 0));
  must_fail("real-time disk priority", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
  must_fail("priority of init", setpriority(PRIO_PROCESS, 1, 19));
  const int group = open("/proc/self/autogroup", O_WRONLY);
  if (group >= 0) must_fail("autogroup", write(group, "-20", 3));
  return finish();
}
