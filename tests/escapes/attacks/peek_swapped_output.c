// Tries: to exchange its output with a link while the judge copies it, from a process that outlives
// the first one.
// Must stop it: all processes are dead before anything is copied; links are not followed anyway.
#include "attack.h"

int main(void) {
  close(open("/box/out.txt", O_CREAT | O_WRONLY, 0644));
  (void)!symlink(bait("BAIT_FILE"), "/box/other");
  for (int i = 0; i < 4; ++i) {
    if (fork() == 0) {
      setsid();
      for (int round = 0; round < 2000000; ++round) {
        syscall(SYS_renameat2, AT_FDCWD, "/box/out.txt", AT_FDCWD, "/box/other", 2 /* EXCHANGE */);
      }
      _exit(0);
    }
  }
  usleep(100000);
  return finish();
}
