// Tries: to hold the kernel still in the middle of a copy, the usual helper of exploits.
// Must stop it: userfaultfd is forbidden and its device is absent.
#include "attack.h"

int main(void) {
  must_fail("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC));
  must_fail("userfaultfd of user mode", syscall(SYS_userfaultfd, O_CLOEXEC | 1));
  must_not_open("/dev/userfaultfd");
  must_not_open("/dev/fuse");
  return finish();
}
