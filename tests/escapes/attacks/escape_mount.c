// Tries: to mount what is hidden: proc, sysfs, a bind of the root, cgroups, and to make read-only
// mounts writable or pull covers away.
// Must stop it: mount, umount2 and pivot_root are forbidden, and need CAP_SYS_ADMIN.
#include "attack.h"

#include <sys/mount.h>

int main(void) {
  mkdir("/box/m", 0777);
  mkdir("/box/m/old", 0777);
  const char* kinds[] = {"proc",   "sysfs",    "tmpfs",   "cgroup", "cgroup2", "debugfs",
                         "mqueue", "devtmpfs", "overlay", "fuse",   "ramfs",   "bpf"};
  for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; ++i) {
    must_fail(kinds[i], mount("none", "/box/m", kinds[i], 0, NULL));
  }
  must_fail("bind", mount("/", "/box/m", NULL, MS_BIND | MS_REC, NULL));
  must_fail("remount", mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
  must_fail("remount", mount(NULL, "/usr/lib", NULL, MS_REMOUNT | MS_BIND, NULL));
  must_fail("shared", mount(NULL, "/", NULL, MS_SHARED | MS_REC, NULL));
  must_fail("umount2", umount2("/proc", MNT_DETACH));
  must_fail("umount2", umount2("/box", MNT_DETACH));
  must_fail("pivot_root", syscall(SYS_pivot_root, "/box/m", "/box/m/old"));
  return finish();
}
