// Tries: to read another process's memory without ptrace.
// Stopped by: seccomp ends the run at process_vm_readv.
// Outcome: forbidden_syscall
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/uio.h>

int main(void) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void*)0x400000, 1};
  if (process_vm_readv(1, &here, 1, &there, 1, 0) >= 0) puts("ESCAPED: read init's memory");
  return 0;
}
