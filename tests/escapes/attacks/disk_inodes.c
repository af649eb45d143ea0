// Tries: to make hundreds of thousands of empty files, each of which costs kernel memory and time
// to remove.
// Must stop it: the quota of inodes.
#include "attack.h"

int main(void) {
  int made = 0;
  for (; made < 300000; ++made) {
    char path[64];
    if (made % 1000 == 0) {
      snprintf(path, sizeof path, "/box/d%d", made / 1000);
      mkdir(path, 0700);
    }
    snprintf(path, sizeof path, "/box/d%d/f%d", made / 1000, made);
    if (mknod(path, S_IFREG | 0600, 0) < 0) break;
  }
  if (made >= 300000) escaped("made %d files", made);
  return finish();
}
