// Tries: to keep four times its memory limit in files of the work folder, /tmp and /dev/shm.
// Must stop it: files in memory count as memory of the run, and have a quota.
#include "attack.h"

static char block[1 << 20];

int main(void) {
  const char* folders[] = {"/box", "/tmp", "/dev/shm"};
  int written = 0;
  memset(block, 'm', sizeof block);
  for (int i = 0; i < 3; ++i) {
    char path[64];
    snprintf(path, sizeof path, "%s/fill", folders[i]);
    const int fd = open(path, O_CREAT | O_WRONLY, 0600);
    for (int mib = 0; fd >= 0 && mib < 100 && write(fd, block, sizeof block) > 0; ++mib) ++written;
  }
  if (written >= 256) escaped("kept %d MiB in files", written);
  return finish();
}
