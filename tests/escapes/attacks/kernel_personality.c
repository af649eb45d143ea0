// Tries: to turn off address randomisation and change segments for the programs that follow, as
// preparation of an exploit.
// Must stop it: personality and modify_ldt are refused.
#include "attack.h"

#include <sys/personality.h>

int main(void) {
  must_fail("personality", personality(ADDR_NO_RANDOMIZE));
  must_fail("personality", personality(READ_IMPLIES_EXEC));
  must_fail("personality", personality(PER_LINUX32));
#ifdef SYS_modify_ldt
  uint32_t entry[4] = {0, 0, 0xfffff, 0x51};
  must_fail("modify_ldt", syscall(SYS_modify_ldt, 1, entry, sizeof entry));
#endif
  return finish();
}
