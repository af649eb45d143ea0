// Tries: to mount with the newer calls that filters written for mount forget (CVE-2022-0185 came
// this way), and to list mounts.
// Must stop it: the whole family is forbidden.
#include "attack.h"

int main(void) {
  const long context = syscall(430, "tmpfs", 0);
  must_fail("fsopen", context);
  must_fail("fsopen", syscall(430, "ext4", 0));
  must_fail("fspick", syscall(433, AT_FDCWD, "/", 0));
  must_fail("fsconfig", syscall(431, context, 6, NULL, NULL, 0));
  must_fail("fsmount", syscall(432, context, 0, 0));
  must_fail("open_tree", syscall(428, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */));
  must_fail("open_tree_attr", syscall(467, AT_FDCWD, "/", 1, NULL, 0));
  must_fail("move_mount", syscall(429, AT_FDCWD, "/tmp", AT_FDCWD, "/box", 0));
  struct {
    uint64_t set, clear, propagation, namespace_fd;
  } change = {0, 1, 0, 0};
  must_fail("mount_setattr", syscall(442, AT_FDCWD, "/", 0, &change, sizeof change));
  uint64_t request[4] = {32, 0, ~0ULL, 0};
  char answer[512];
  must_fail("listmount", syscall(458, request, answer, 10, 0));
  must_fail("statmount", syscall(457, request, answer, sizeof answer, 0));
  return finish();
}
