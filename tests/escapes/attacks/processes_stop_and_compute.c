// Tries: to stop its first process while a child computes in another session.
// Must stop it: the CPU limit, which looks at the tree and not at the first process.
#include "attack.h"

int main(void) {
  const pid_t parent = getpid();
  if (fork() == 0) {
    setsid();
    burn_until_ms(4000);
    escaped("used 4 s of CPU");
    kill(parent, SIGKILL);
    _exit(0);
  }
  raise(SIGSTOP);
  return 0;
}
