// Tries: to use up the machine's table of open files, in many processes.
// Must stop it: the limit on descriptors times the limit on processes.
#include "attack.h"

int main(void) {
  long* opened = (long*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (opened == MAP_FAILED) return finish();
  for (int child = 0; child < 16; ++child) {
    if (fork() != 0) continue;
    for (int i = 0; i < 20000 && open("/dev/null", O_RDONLY) >= 0; ++i) {
      __atomic_add_fetch(opened, 1, __ATOMIC_SEQ_CST);
    }
    for (;;) pause();
  }
  usleep(500000);
  if (*opened > 16 * 5000) escaped("opened %ld files", *opened);
  return finish();
}
