// Tries: to see what a run in another box opens and reads, by inotify on files of the machine that
// both see.
// Must stop it: inotify is refused on files of the machine, or boxes share no file.
#include "attack.h"

#include <sys/inotify.h>

int main(int count, char** values) {
  const char* path = "/etc/ld.so.cache";
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    for (int round = 0; round < 150; ++round) {
      const int fd = open(path, O_RDONLY);
      char byte;
      if (fd >= 0) (void)!read(fd, &byte, 1);
      if (fd >= 0) close(fd);
      usleep(10000);
    }
    return finish();
  }
  const int watch = inotify_init1(IN_NONBLOCK);
  if (watch < 0 || inotify_add_watch(watch, path, IN_OPEN | IN_ACCESS) < 0) return finish();
  for (int round = 0; round < 120; ++round) {
    char event[512];
    if (read(watch, event, sizeof event) > 0) {
      escaped("saw another box open %s", path);
      return 0;
    }
    usleep(10000);
  }
  return finish();
}
