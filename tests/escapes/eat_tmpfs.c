// Tries: to fill memory through files in every writable folder, past the memory limit.
// Stopped by: one size limit over all of them, and the memory limit, which counts tmpfs pages.
// Outcome: memory_limit exited output_limit
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void) {
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  const char* names[] = {"/box/a", "/tmp/a", "/dev/shm/a"};
  long written = 0;
  for (int i = 0; i < 3; ++i) {
    int fd = open(names[i], O_CREAT | O_WRONLY, 0600);
    while (write(fd, block, sizeof block) == (ssize_t)sizeof block) ++written;
  }
  if (written > 600) printf("ESCAPED: %ld MiB of files\n", written);
  return 0;
}
