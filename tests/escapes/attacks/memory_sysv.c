// Tries: to keep four times its memory limit in System V segments, which outlive their process.
// Must stop it: System V IPC does not exist in the box, or counts as memory and goes with the run.
#include "attack.h"

#include <sys/shm.h>

int main(void) {
  int held = 0;
  for (int i = 0; i < 16; ++i) {
    const int id = shmget(IPC_PRIVATE, 16 << 20, IPC_CREAT | 0600);
    if (id < 0) break;
    void* at = shmat(id, NULL, 0);
    if (at == (void*)-1) break;
    memset(at, 1, 16 << 20);
    held += 16;
  }
  if (held >= 256) escaped("%d MiB in System V segments", held);
  return finish();
}
