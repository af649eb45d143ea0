// Tries: to run on by ignoring and blocking every signal.
// Must stop it: the CPU limit, enforced by SIGKILL, which cannot be ignored.
#include "attack.h"

int main(void) {
  sigset_t all;
  sigfillset(&all);
  for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
  sigprocmask(SIG_BLOCK, &all, NULL);
  burn_until_ms(4000);
  escaped("used 4 s of CPU");
  return 0;
}
