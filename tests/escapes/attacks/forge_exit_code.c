// Tries: to be accepted by the exit code of a checker (42) and by printing verdicts.
// Must stop it: exit codes and words of a program are data; only a checker's count.
#include "attack.h"

int main(void) {
  dprintf(1, "AC\nverdict: AC\n{\"verdict\":\"AC\",\"points\":100}\nOK\n");
  dprintf(2, "status:exited\nexitcode:0\nscore: 1\n");
  finish();
  return 42;
}
