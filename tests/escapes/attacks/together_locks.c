// Tries: to talk to a run in another box at the same time, by locks on a file of the machine that both
// see read-only.
// Must stop it: locks on files of the machine are refused, or boxes share no file.
#include "attack.h"

#include <sys/file.h>

int main(int count, char** values) {
  const char* paths[] = {"/etc/ld.so.cache", "/usr/lib", "/usr/lib/os-release", "/dev/null",
                         "/dev/full"};
  const int looking = count > 1 && strcmp(values[1], "look") == 0;
  for (int round = 0; round < 150; ++round) {
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; ++i) {
      const int fd = open(paths[i], O_RDONLY);
      if (fd < 0) continue;
      struct flock range;
      memset(&range, 0, sizeof range);
      range.l_type = F_RDLCK;
      if (!looking && round == 0) {
        flock(fd, LOCK_EX);
        fcntl(fd, F_SETLK, &range);
        continue;
      }
      if (looking && flock(fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        escaped("a lock on %s is held by another box", paths[i]);
        return 0;
      }
      close(fd);
    }
    usleep(10000);
  }
  return finish();
}
