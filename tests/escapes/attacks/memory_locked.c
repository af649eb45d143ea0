// Tries: to lock memory, so that the machine cannot take it back, and to get memory that is charged
// to nobody.
// Must stop it: no locked memory; memfd_secret does not exist in the box.
#include "attack.h"

int main(void) {
  const size_t size = 32 << 20;
  char* block = (char*)mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return finish();
  must_fail("mlock of 32 MiB", mlock(block, size));
  must_fail("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
  void* locked =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
  if (locked != MAP_FAILED) escaped("mapped 32 MiB of locked memory");
  void* huge = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_POPULATE, -1, 0);
  if (huge != MAP_FAILED) escaped("took 64 MiB of huge pages");
  must_fail("memfd_secret", syscall(447, 0));
  return finish();
}
