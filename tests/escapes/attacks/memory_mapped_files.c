// Tries: to use four times its memory limit as pages of a mapped sparse file.
// Must stop it: the pages of a file in memory count as memory of the run.
#include "attack.h"

int main(void) {
  int touched = 0;
  for (int i = 0; i < 16; ++i) {
    char path[32];
    snprintf(path, sizeof path, "/tmp/map%d", i);
    const int fd = open(path, O_CREAT | O_RDWR, 0600);
    if (fd < 0 || ftruncate(fd, 16 << 20) < 0) return finish();
    char* at = (char*)mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) return finish();
    memset(at, 1, 16 << 20);
    touched += 16;
  }
  escaped("touched %d MiB of mapped files", touched);
  return 0;
}
