// Tries: to use up the system's open files.
// Stopped by: RLIMIT_NOFILE, which cannot be raised.
// Outcome: exited
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
  struct rlimit wish = {1 << 20, 1 << 20};
  if (setrlimit(RLIMIT_NOFILE, &wish) == 0) puts("ESCAPED: limit raised");
  int count = 0;
  while (open("/dev/null", O_RDONLY) >= 0) ++count;
  if (count > 1024) puts("ESCAPED: too many open files");
  return 0;
}
