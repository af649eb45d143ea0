// Tries: to keep the judge waiting for the end of its output, which a daemon holds open.
// Must stop it: the end of the first process ends all others; output is not waited for.
#include "attack.h"

int main(void) {
  if (fork() == 0) {
    setsid();
    for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
    sleep(60);
    escaped("the daemon held the output for a minute");
    _exit(0);
  }
  return finish();
}
