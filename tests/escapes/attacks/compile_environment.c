// Tries: to have the compiler quote the environment, the command line and the memory map of the judge's
// processes.
// Must stop it: a /proc of its own, and an environment made from scratch.
#include "/proc/1/cmdline"
#include "/proc/1/environ"
#include "/proc/1/maps"
#include "/proc/@BAIT_PID@/cmdline"
#include "/proc/@BAIT_PID@/environ"

int main(void) {
  return 0;
}
