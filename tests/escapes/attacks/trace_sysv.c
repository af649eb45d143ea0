// Tries: to leave a message in System V shared memory, a semaphore and a message queue.
// Must stop it: System V IPC does not exist in the box, or is new for every run.
#include "attack.h"

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(int count, char** values) {
  const int planting = count > 1 && strcmp(values[1], "plant") == 0;
  const int flags = planting ? IPC_CREAT | 0666 : 0666;
  const int memory = shmget(0x5e1f, 4096, flags);
  const int semaphore = semget(0x5e1f, 1, flags);
  const int queue = msgget(0x5e1f, flags);
  if (planting) return finish();
  if (memory >= 0) escaped("found shared memory");
  if (semaphore >= 0) escaped("found a semaphore");
  if (queue >= 0) escaped("found a message queue");
  return finish();
}
