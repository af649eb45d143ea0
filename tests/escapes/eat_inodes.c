// Tries: to make so many empty files that the kernel's memory or the clean-up suffers.
// Stopped by: the inode limit of the scratch file system.
// Outcome: exited memory_limit
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  int made = 0;
  for (char name[32]; made < 100000; ++made) {
    snprintf(name, sizeof name, "/tmp/%d", made);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) break;
    close(fd);
  }
  if (made > 20000) puts("ESCAPED: no inode limit");
  return 0;
}
