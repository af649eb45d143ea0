// Tries: to have the judge copy out a file of its own, through a folder that is a symbolic link.
// Must stop it: no component of an output's path may be a link.
#include "attack.h"

int main(void) {
  if (symlink("/etc", "/box/dir") < 0 || symlink("/", "/box/top") < 0) return 1;
  if (symlink("/proc/self/root/etc", "/box/magic") < 0) return 1;
  return finish();
}
