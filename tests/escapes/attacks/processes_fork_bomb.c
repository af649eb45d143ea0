// Tries: to fill the machine with thousands of sleeping processes.
// Must stop it: the limit on processes; the leftovers die with the first process.
#include "attack.h"

int main(void) {
  int made = 0;
  while (made < 4000) {
    const pid_t child = fork();
    if (child == 0) {
      for (;;) pause();
    }
    if (child < 0) break;
    ++made;
  }
  if (made > 200) escaped("%d processes at once", made);
  return finish();
}
