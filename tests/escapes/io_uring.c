// Tries: to do input and output that no system call filter sees.
// Stopped by: io_uring_setup does not exist in a box.
// Outcome: exited
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  char parameters[256];
  memset(parameters, 0, sizeof parameters);
  if (syscall(425 /* io_uring_setup */, 8, parameters) >= 0) puts("ESCAPED: io_uring works");
  return 0;
}
