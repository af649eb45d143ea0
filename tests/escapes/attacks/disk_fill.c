// Tries: to fill the disk through every folder it can write to.
// Must stop it: one quota for all writable folders together.
#include "attack.h"

static char block[1 << 18];

int main(void) {
  const char* folders[] = {"/box", "/tmp", "/dev/shm"};
  signal(SIGXFSZ, SIG_IGN);
  long written = 0;
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 3; ++i) {
      char path[64];
      snprintf(path, sizeof path, "%s/fill%d", folders[i], round);
      const int fd = open(path, O_CREAT | O_WRONLY, 0600);
      if (fd < 0) continue;
      const ssize_t size = write(fd, block, sizeof block);
      if (size > 0) written += size;
      close(fd);
    }
  }
  if (written > 100L << 20) escaped("wrote %ld MiB", written >> 20);
  return finish();
}
