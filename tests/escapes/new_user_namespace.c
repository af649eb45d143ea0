// Tries: to become root in a namespace of its own, the first step of many kernel exploits.
// Stopped by: seccomp looks at the flags of clone and ends the run.
// Outcome: forbidden_syscall
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) >= 0) {
    puts("ESCAPED: new user namespace");
  }
  return 0;
}
