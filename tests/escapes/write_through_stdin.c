// Tries: to change the test data through the descriptor of standard input, and to find others.
// Stopped by: standard input is a sealed copy; close_range before execve.
// Outcome: exited
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  int fd = open("/proc/self/fd/0", O_RDWR);
  if (fd >= 0 && write(fd, "x", 1) > 0) puts("ESCAPED: wrote to the input");
  if (fd >= 0 && ftruncate(fd, 0) == 0) puts("ESCAPED: cut the input");
  if (mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 0, 0) != MAP_FAILED)
    puts("ESCAPED: mapped the input");
  if (fd >= 0) close(fd);
  for (int other = 3; other < 2048; ++other) {
    if (fcntl(other, F_GETFD) >= 0) printf("ESCAPED: descriptor %d is open\n", other);
  }
  return 0;
}
