// Tries: calls that no contest program needs and no list of known escapes has: memory policies, which
// have had holes of their own.
// Must stop it: a filter that allows what is needed, instead of forbidding what is known.
#include "attack.h"

int main(void) {
  must_fail("mbind", syscall(SYS_mbind, 0, 4096, 0, NULL, 0, 0));
  must_fail("move_pages", syscall(SYS_move_pages, 0, 0, NULL, NULL, NULL, 0));
  must_fail("remap_file_pages", syscall(SYS_remap_file_pages, 0, 4096, 0, 0, 0));
  escaped("the calls were made");
  return finish();
}
