// Tries: to take over the box's init, which holds capabilities.
// Stopped by: seccomp ends the run at ptrace; init is not dumpable besides.
// Outcome: forbidden_syscall
#include <stdio.h>
#include <sys/ptrace.h>

int main(void) {
  if (ptrace(PTRACE_ATTACH, 1, 0, 0) == 0) puts("ESCAPED: attached to init");
  return 0;
}
