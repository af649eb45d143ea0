// Tries: to keep four times its memory limit in the buffers of full pipes.
// Must stop it: pipe buffers count as memory of the run; the kernel bounds them per user.
#include "attack.h"

static char block[1 << 16];

int main(void) {
  long kept = 0;
  for (int child = 0; child < 4; ++child) {
    for (int i = 0; i < 400; ++i) {
      int ends[2];
      if (pipe2(ends, O_NONBLOCK) < 0) break;
      fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
      ssize_t size;
      while ((size = write(ends[1], block, sizeof block)) > 0) kept += size;
    }
    int* back = (int*)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (back == MAP_FAILED) break;
    // The parent waits with its pipes full while a child fills more.
    const pid_t pid = fork();
    if (pid > 0) {
      waitpid(pid, NULL, 0);
      break;
    }
    if (pid < 0) break;
    for (int fd = 3; fd < 1024; ++fd) close(fd);
  }
  if (kept > (256 << 20)) escaped("kept %ld MiB in pipes", kept >> 20);
  return finish();
}
