// Tries: to make device nodes of disks and memory, and to use devices beyond the harmless five.
// Must stop it: no CAP_MKNOD, scratch mounted nodev, a minimal /dev.
#include "attack.h"

#include <sys/sysmacros.h>

int main(void) {
  const int disks[][2] = {{8, 0}, {252, 0}, {254, 0}, {259, 0}, {1, 1}, {1, 4}, {5, 1}, {10, 200}};
  for (unsigned i = 0; i < sizeof disks / sizeof disks[0]; ++i) {
    const mode_t kind = i < 4 ? S_IFBLK : S_IFCHR;
    must_fail("mknod", mknod("/box/device", kind | 0666, makedev(disks[i][0], disks[i][1])));
    unlink("/box/device");
  }
  const char* known[] = {".",       "..", "null",  "zero", "full",   "random",
                         "urandom", "fd", "stdin", "shm",  "stdout", "stderr"};
  DIR* folder = opendir("/dev");
  struct dirent* entry;
  while (folder && (entry = readdir(folder)) != NULL) {
    int expected = 0;
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; ++i) {
      if (strcmp(entry->d_name, known[i]) == 0) expected = 1;
    }
    if (!expected) escaped("/dev/%s is there", entry->d_name);
  }
  // Adding to the kernel's entropy estimate, or clearing it, needs an administrator.
  const int random = open("/dev/random", O_RDWR);
  if (random >= 0) must_fail("RNDCLEARPOOL", syscall(SYS_ioctl, random, 0x5206, 0));
  return finish();
}
