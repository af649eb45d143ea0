// Tries: to use io_uring, which makes calls that no filter sees and has a long list of holes.
// Must stop it: io_uring does not exist in the box.
#include "attack.h"

int main(void) {
  char parameters[128] = {0};
  must_fail("io_uring_setup", syscall(425, 8, parameters));
  must_fail("io_uring_enter", syscall(426, 0, 1, 0, 0, NULL, 0));
  must_fail("io_uring_register", syscall(427, 0, 0, NULL, 0));
  return finish();
}
