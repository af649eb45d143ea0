// Tries: to look as if it had been killed for its memory.
// Must stop it: a memory verdict needs the kernel's count of such kills, not a SIGKILL.
#include "attack.h"

int main(void) {
  finish();
  if (fork() == 0) kill(getppid(), SIGKILL);
  for (;;) pause();
}
