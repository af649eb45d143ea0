// Tries: to have the judge copy out a file of its own, through a symbolic link in place of the
// output (judge0 CVE-2024-28185, go-judge issue 176).
// Must stop it: outputs are opened without following any link.
#include "attack.h"

int main(void) {
  unlink("/box/out.txt");
  if (symlink(bait("BAIT_FILE"), "/box/out.txt") < 0) return 1;
  return finish();
}
