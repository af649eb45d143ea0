// Tries: to let a child run into the memory limit, while the first process survives and ends with
// code 0.
// Must stop it: a memory kill anywhere in the run decides, whoever dies.
#include "attack.h"

int main(void) {
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd >= 0) (void)!write(fd, "1000", 4);
    for (int mib = 0; mib < 256; ++mib) {
      char* block = (char*)malloc(1 << 20);
      if (block == NULL) _exit(3);
      memset(block, mib + 1, 1 << 20);
      __asm__ volatile("" : : "r"(block) : "memory");
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) escaped("the child touched 256 MiB");
  return finish();
}
