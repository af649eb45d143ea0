// Tries: to double its processes at every step, so that no single parent forks often.
// Must stop it: the limit on processes, which counts the whole tree.
#include "attack.h"

int main(void) {
  int* alive = (int*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (alive == MAP_FAILED) return finish();
  const pid_t first = getpid();
  for (int step = 0; step < 12; ++step) {
    if (fork() == 0) __atomic_add_fetch(alive, 1, __ATOMIC_SEQ_CST);
  }
  usleep(500000);
  if (getpid() != first) {
    sleep(5);
    _exit(0);
  }
  if (*alive > 200) escaped("%d processes at once", *alive);
  return finish();
}
