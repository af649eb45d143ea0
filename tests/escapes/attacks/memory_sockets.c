// Tries: to keep four times its memory limit in the buffers of socket pairs, in several processes.
// Must stop it: socket buffers count as memory of the run.
#include "attack.h"

#include <sys/socket.h>

static char block[1 << 16];

int main(void) {
  long* kept = (long*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (kept == MAP_FAILED) return finish();
  int ends[2];
  if (pipe(ends) < 0) return 1;
  for (int child = 0; child < 6; ++child) {
    if (fork() != 0) continue;
    for (int i = 0; i < 450; ++i) {
      int pair[2];
      if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0) break;
      ssize_t size;
      while ((size = write(pair[0], block, sizeof block)) > 0) {
        __atomic_add_fetch(kept, size, __ATOMIC_SEQ_CST);
      }
    }
    (void)!write(ends[1], "x", 1);
    for (;;) pause();
  }
  close(ends[1]);
  char byte;
  int done = 0;
  while (done < 6 && read(ends[0], &byte, 1) == 1) ++done;
  if (*kept > (256L << 20)) escaped("kept %ld MiB in sockets", *kept >> 20);
  return finish();
}
