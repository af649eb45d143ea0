// Tries: to hold memory that belongs to no mapping, in anonymous memory files.
// Stopped by: the cgroup, which charges shared memory to whoever touches it first.
// Outcome: memory_limit output_limit
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  for (;;) {
    int fd = memfd_create("hidden", 0);
    for (int i = 0; i < 16; ++i) {
      if (write(fd, block, sizeof block) < 0) return 1;
    }
    // Mapped, so that a rung that polls resident memory sees it too.
    char* view = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (view == MAP_FAILED) return 2;
    close(fd);
  }
}
