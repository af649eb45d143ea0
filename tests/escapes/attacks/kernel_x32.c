// Tries: to make system calls by their x32 numbers, which a filter may not know.
// Must stop it: x32 calls kill the program, or the kernel has none.
#include "attack.h"

int main(void) {
#if defined(__x86_64__)
  must_fail("x32 getpid", syscall(0x40000000L + SYS_getpid));
  char parameters[128] = {0};
  must_fail("x32 io_uring_setup", syscall(0x40000000L + 425, 8, parameters));
  must_fail("x32 unshare", syscall(0x40000000L + SYS_unshare, 0x10000000));
#endif
  return finish();
}
