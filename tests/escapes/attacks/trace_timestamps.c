// Tries: to leave a message in times, rights and sizes of folders that stay.
// Must stop it: what stays belongs to the box and is reset; everything else is read-only.
#include "attack.h"

static const char* paths[] = {"/",         "/box", "/tmp",        "/dev/shm", "/dev",
                              "/dev/null", "/etc", "/etc/passwd", "/proc",    "/usr/lib"};

int main(int count, char** values) {
  const int planting = count > 1 && strcmp(values[1], "plant") == 0;
  const struct timespec times[2] = {{1111111111, 1}, {1222222222, 2}};
  for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; ++i) {
    if (planting) {
      utimensat(AT_FDCWD, paths[i], times, 0);
      continue;
    }
    struct stat status;
    if (stat(paths[i], &status) < 0) continue;
    if (status.st_mtime == 1222222222 || status.st_atime == 1111111111) {
      escaped("the times of %s were kept", paths[i]);
    }
  }
  return finish();
}
