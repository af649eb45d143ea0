// Tries: to find descriptors that the judge forgot to close (CVE-2024-21626).
// Must stop it: everything above standard error is closed before the program starts.
#include "attack.h"

int main(void) {
  for (int fd = 3; fd < 70000; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) continue;
    char path[40];
    char target[300] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    (void)!readlink(path, target, sizeof target - 1);
    escaped("descriptor %d is open: %s", fd, target);
  }
  for (int fd = 0; fd < 3; ++fd) {
    struct stat status;
    if (fstat(fd, &status) == 0 && (S_ISDIR(status.st_mode) || S_ISSOCK(status.st_mode))) {
      escaped("descriptor %d is a folder or a socket", fd);
    }
  }
  return finish();
}
