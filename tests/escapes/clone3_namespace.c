// Tries: the same with clone3, whose flags lie in memory where a filter cannot look.
// Stopped by: clone3 does not exist in a box (ENOSYS), so libraries fall back to clone.
// Outcome: exited
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  struct clone_args arguments = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
  long result = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (result >= 0) puts("ESCAPED: new user namespace");
  if (result < 0 && errno != ENOSYS) puts("ESCAPED: clone3 was looked at");
  return 0;
}
