// Tries: to make files of a terabyte that occupy nothing, for whoever copies or reads them.
// Must stop it: the file size limit; copying out is bounded.
#include "attack.h"

int main(void) {
  signal(SIGXFSZ, SIG_IGN);
  const int fd = open("/box/out.txt", O_CREAT | O_RDWR, 0644);
  must_fail("ftruncate to 1 TiB", ftruncate(fd, 1LL << 40));
  must_fail("pwrite at 1 TiB", pwrite(fd, "x", 1, 1LL << 40));
  must_fail("fallocate of 1 TiB", posix_fallocate(fd, 0, 1LL << 40) == 0 ? 0 : -1);
  return finish();
}
