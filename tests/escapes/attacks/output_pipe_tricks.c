// Tries: to disturb whoever reads its output: packet mode, a tiny or huge pipe, signals on input and
// output, reading its own output back, more data than the judge reads at once.
// Must stop it: the judge reads with poll and never trusts the pipe's settings.
#include "attack.h"

int main(void) {
  fcntl(1, F_SETPIPE_SZ, 4096);
  fcntl(1, F_SETFL, O_WRONLY | O_NONBLOCK | O_DIRECT | O_ASYNC);
  fcntl(1, F_SETOWN, -1);
  fcntl(1, F_SETSIG, SIGKILL);
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/1");
  const int again = open(path, O_RDONLY | O_NONBLOCK);
  char text[64];
  (void)!write(1, "lost?\n", 6);
  if (again >= 0) (void)!read(again, text, sizeof text);
  fcntl(1, F_SETFL, O_WRONLY);
  return finish();
}
