// Tries: to fill the disk with open files that have no name any more, so that no listing shows them.
// Must stop it: the quota of the file system counts pages, not names.
#include "attack.h"

static char block[1 << 18];

int main(void) {
  long written = 0;
  for (int i = 0; i < 600; ++i) {
    const int fd = i % 2 == 0 ? open("/tmp", O_TMPFILE | O_WRONLY, 0600)
                              : open("/box/gone", O_CREAT | O_WRONLY, 0600);
    unlink("/box/gone");
    if (fd < 0) continue;
    const ssize_t size = write(fd, block, sizeof block);
    if (size > 0) written += size;
  }
  if (written > 100L << 20) escaped("wrote %ld MiB", written >> 20);
  return finish();
}
