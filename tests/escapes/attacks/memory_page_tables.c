// Tries: to use four times its memory limit as page tables, by reading one byte per 2 MiB of an
// empty mapping of hundreds of GiB.
// Must stop it: page tables count as memory of the run.
#include "attack.h"

static long table_kib(void) {
  char line[200];
  long kib = 0;
  FILE* status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status)) {
    if (sscanf(line, "VmPTE: %ld", &kib) == 1) break;
  }
  if (status) fclose(status);
  return kib;
}

int main(void) {
  const size_t step = 2 << 20;
  const size_t size = 80000UL * step;
  char* at = (char*)mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return finish();
  madvise(at, size, MADV_NOHUGEPAGE);
  volatile char sum = 0;
  for (size_t offset = 0; offset < size; offset += step) sum = (char)(sum + at[offset]);
  if (table_kib() > 256 * 1024) escaped("%ld MiB of page tables", table_kib() / 1024);
  return finish();
}
