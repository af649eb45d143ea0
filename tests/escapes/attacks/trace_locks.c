// Tries: to leave locks and leases on files that all runs share.
// Must stop it: locks end with their processes, and all processes end with the run.
#include "attack.h"

#include <sys/file.h>

int main(int count, char** values) {
  const int fd = open("/etc/ld.so.cache", O_RDONLY);
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    flock(fd, LOCK_EX);
    fcntl(fd, F_SETLEASE, F_RDLCK);
    if (fork() == 0) {
      setsid();
      flock(fd, LOCK_EX);
      sleep(30);
    }
    return finish();
  }
  if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
    escaped("the lock is held");
  return finish();
}
