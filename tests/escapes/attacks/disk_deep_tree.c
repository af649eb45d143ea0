// Tries: to leave a tree thousands of folders deep with the longest names, so that cleaning fails,
// recurses without end or overflows a path buffer.
// Must stop it: cleaning that descends by descriptor; the quota of inodes.
#include "attack.h"

int main(void) {
  char name[256];
  memset(name, 'd', 255);
  name[255] = '\0';
  int depth = 0;
  for (; depth < 3000; ++depth) {
    if (mkdir(name, 0700) < 0 || chdir(name) < 0) break;
    (void)!symlink("..", "up");
    close(open("file", O_CREAT | O_WRONLY, 0000));
  }
  dprintf(2, "depth %d\n", depth);
  return finish();
}
