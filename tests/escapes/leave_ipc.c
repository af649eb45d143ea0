// Tries: to leave a message for the next submission in System V memory, POSIX queues or keyrings.
// Stopped by: none of these calls exists in a box; keyrings end the run.
// Outcome: forbidden_syscall
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  if (shmget(4711, 4096, IPC_CREAT | 0666) >= 0) puts("ESCAPED: shared memory");
  if (semget(4711, 1, IPC_CREAT | 0666) >= 0) puts("ESCAPED: semaphore");
  if (msgget(4711, IPC_CREAT | 0666) >= 0) puts("ESCAPED: message queue");
  if (mq_open("/letter", O_CREAT | O_RDWR, 0600, NULL) >= 0) puts("ESCAPED: POSIX queue");
  fflush(stdout);
  if (syscall(SYS_add_key, "user", "letter", "x", 1, -4) >= 0) puts("ESCAPED: key");
  return 0;
}
