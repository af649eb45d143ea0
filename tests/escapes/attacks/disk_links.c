// Tries: to get round the quota of inodes with hundreds of thousands of hard links and symbolic
// links.
// Must stop it: the quota of inodes counts directory entries too.
#include "attack.h"

int main(void) {
  int made = 0;
  close(open("/box/one", O_CREAT | O_WRONLY, 0600));
  for (; made < 300000; ++made) {
    char path[64];
    snprintf(path, sizeof path, "/box/l%d", made);
    if ((made % 2 == 0 ? link("/box/one", path) : symlink("/box/one", path)) < 0) break;
  }
  if (made >= 300000) escaped("made %d links", made);
  return finish();
}
