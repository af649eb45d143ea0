// Tries: to make a device node of the host's disk in the work folder.
// Stopped by: no CAP_MKNOD, and nodev on every writable file system.
// Outcome: exited
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

int main(void) {
  const unsigned majors[] = {1, 8, 254, 259};
  for (unsigned i = 0; i < 4; ++i) {
    if (mknod("answer", S_IFBLK | 0600, makedev(majors[i], 0)) == 0) puts("ESCAPED: a device");
  }
  return 0;
}
