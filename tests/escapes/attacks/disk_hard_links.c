// Tries: to hard-link files of the machine into its work folder, to keep or change them.
// Must stop it: they are on other, read-only mounts, and have another owner.
#include "attack.h"

int main(void) {
  const char* targets[] = {"/etc/passwd",    "/etc/ld.so.cache", "/usr/lib/os-release",
                           "/proc/self/exe", "/dev/null",        "/proc/1/exe"};
  for (unsigned i = 0; i < sizeof targets / sizeof targets[0]; ++i) {
    char name[32];
    snprintf(name, sizeof name, "/box/link%u", i);
    // The program itself lies in the box; any other file must not be linked.
    const int made = linkat(AT_FDCWD, targets[i], AT_FDCWD, name, AT_SYMLINK_FOLLOW);
    if (strcmp(targets[i], "/proc/self/exe") != 0) must_fail(targets[i], made);
    snprintf(name, sizeof name, "/box/plain%u", i);
    must_fail(targets[i], link(targets[i], name));
  }
  must_fail("the bait", link(bait("BAIT_FILE"), "/box/bait"));
  return finish();
}
