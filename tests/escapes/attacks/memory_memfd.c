// Tries: to keep four times its memory limit in anonymous memory files, which no folder shows.
// Must stop it: the memory limit, or the size limit on files.
#include "attack.h"

static char block[1 << 20];

int main(void) {
  signal(SIGXFSZ, SIG_IGN);
  memset(block, 'm', sizeof block);
  int written = 0;
  for (int i = 0; i < 16; ++i) {
    const int fd = memfd_create("keep", 0);
    if (fd < 0) break;
    for (int mib = 0; mib < 16 && write(fd, block, sizeof block) > 0; ++mib) ++written;
  }
  if (written >= 256) escaped("kept %d MiB in memory files", written);
  return finish();
}
