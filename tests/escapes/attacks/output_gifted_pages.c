// Tries: to write output for ever without copying, by giving the same pages to the pipe again and
// again.
// Must stop it: the output limit, counted where the judge reads.
#include "attack.h"

#include <sys/uio.h>

int main(void) {
  const size_t size = 1 << 16;
  char* block = (char*)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return 1;
  memset(block, 'x', size);
  const struct iovec part = {block, size};
  for (int i = 0; i < 8192; ++i) {
    if (vmsplice(1, &part, 1, 0) < 0) return finish();
  }
  escaped("spliced 512 MiB of output");
  return 0;
}
