// Tries: to compute in grandchildren whose parent has ended, while the first process sleeps.
// Must stop it: the CPU limit on the whole tree, orphans included.
#include "attack.h"

int main(void) {
  int ends[2];
  if (pipe(ends) < 0) return 1;
  for (int i = 0; i < 2; ++i) {
    if (fork() == 0) {
      if (fork() == 0) {
        setsid();
        burn_until_ms(3000);
        (void)!write(ends[1], "x", 1);
      }
      _exit(0);
    }
  }
  char done[2];
  if (read(ends[0], done, 1) == 1 && read(ends[0], done + 1, 1) == 1) {
    escaped("two orphans burned 6 s of CPU unseen");
  }
  return 0;
}
