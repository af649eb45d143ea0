// Tries: to hold memory that belongs to no mapping, in anonymous memory files.
// Stopped by: the cgroup, which charges shared memory to whoever touches it first; without one,
// memory files cannot be made.
// Outcome: memory_limit exited
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  for (;;) {
    int fd = memfd_create("hidden", 0);
    if (fd < 0) return 3;
    for (int i = 0; i < 16; ++i) {
      if (write(fd, block, sizeof block) < 0) return 1;
    }
  }
}
