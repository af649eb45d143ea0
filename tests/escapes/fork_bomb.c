// Tries: to fill the machine's process table so that nothing else can start.
// Stopped by: the pids limit of the box's cgroup (or RLIMIT_NPROC), then the CPU or the memory limit.
// Outcome: cpu_time_limit wall_time_limit memory_limit
#include <unistd.h>

int main(void) {
  for (;;) fork();
}
