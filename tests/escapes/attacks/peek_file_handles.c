// Tries: to open files of the host by guessed file handles (the "shocker" escape from containers).
// Must stop it: name_to_handle_at and open_by_handle_at are forbidden; they need
// CAP_DAC_READ_SEARCH.
#include "attack.h"

struct handle {
  unsigned bytes;
  int type;
  unsigned char value[8];
};

int main(void) {
  const char* roots[] = {"/", "/usr", "/etc/ld.so.cache", "/box"};
  for (int i = 0; i < 4; ++i) {
    const int mount = open(roots[i], O_RDONLY);
    if (mount < 0) continue;
    for (unsigned char inode = 1; inode < 32; ++inode) {
      struct handle handle = {8, 1, {inode, 0, 0, 0, 0, 0, 0, 0}};
      must_fail("open_by_handle_at", syscall(SYS_open_by_handle_at, mount, &handle, O_RDONLY));
    }
  }
  struct handle own = {8, 0, {0}};
  int mount_id = 0;
  must_fail("name_to_handle_at", syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &own, &mount_id, 0));
  return finish();
}
