// Tries: to load programs into the kernel.
// Must stop it: bpf is forbidden.
#include "attack.h"

int main(void) {
  for (long command = 0; command < 36; ++command) {
    char attributes[128] = {0};
    attributes[0] = 1;
    attributes[4] = 4;
    attributes[8] = 4;
    attributes[12] = 1;
    must_fail("bpf", syscall(SYS_bpf, command, attributes, sizeof attributes));
  }
  return finish();
}
