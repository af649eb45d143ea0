// Tries: the classic way out of a changed root: open "/", chroot into a folder, climb up from the
// open descriptor.
// Must stop it: chroot is forbidden; the box's root is the root of its mount namespace.
#include "attack.h"

int main(void) {
  mkdir("/box/jail", 0777);
  const int root = open("/", O_RDONLY | O_DIRECTORY);
  must_fail("chroot", chroot("/box/jail"));
  if (root >= 0) (void)!fchdir(root);
  for (int i = 0; i < 100; ++i) (void)!chdir("..");
  (void)!chroot(".");
  try_bait_at(AT_FDCWD, bait("BAIT_FILE") + 1);
  return finish();
}
