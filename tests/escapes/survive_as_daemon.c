// Tries: to stay behind after the run and disturb the next one.
// Stopped by: init kills every process of the pid namespace when the first one ends.
// Outcome: exited
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(void) {
  for (int i = 0; i < 20; ++i) {
    if (fork() != 0) continue;
    setsid();
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    for (;;) {
      close(open("/box/still-here", O_CREAT | O_WRONLY, 0600));
      usleep(500);
    }
  }
  usleep(20000);
  return 0;
}
