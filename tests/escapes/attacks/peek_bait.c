// Tries: to read a file of the judge by every path that might lead out of the box.
// Must stop it: the file is in no mount of the box, and ".." ends at its root.
#include "attack.h"

int main(void) {
  const char* file = bait("BAIT_FILE");
  const char* ways[] = {"",
                        "/../../../../../../../..",
                        "/proc/self/root",
                        "/proc/self/root/..",
                        "/proc/self/cwd/../../../../..",
                        "/proc/thread-self/root",
                        "/proc/1/root",
                        "/proc/1/cwd",
                        "/dev/fd/../../../..",
                        "/box/../..",
                        "/tmp/../..",
                        "/usr/../..",
                        "/host",
                        "/oldroot",
                        "/old_root",
                        "/.old",
                        "/mnt"};
  char path[5000];
  for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; ++i) {
    snprintf(path, sizeof path, "%s%s", ways[i], file);
    try_bait_at(AT_FDCWD, path);
  }
  for (int fd = 0; fd < 64; ++fd) {
    try_bait_at(fd, file + 1);
    snprintf(path, sizeof path, "../../../../../../../..%s", file);
    try_bait_at(fd, path);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd > 0) try_bait_at(AT_FDCWD, path);
  }
  return finish();
}
