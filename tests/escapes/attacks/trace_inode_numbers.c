// Tries: to leave a number as the count of files ever made: inode numbers of a tmpfs only go up, so
// the next run reads in its own first file how many this one made.
// Must stop it: numbers of files start anew, or far enough apart, for every run.
#include "attack.h"

int main(int count, char** values) {
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    for (int i = 0; i < 100000; ++i) {
      const int fd = open("/tmp/count", O_CREAT | O_WRONLY, 0600);
      if (fd >= 0) close(fd);
      unlink("/tmp/count");
    }
    return finish();
  }
  struct stat status;
  const int fd = open("/tmp/count", O_CREAT | O_WRONLY, 0600);
  if (fd >= 0 && fstat(fd, &status) == 0 && status.st_ino > 50000) {
    escaped("the first file has number %lu", (unsigned long)status.st_ino);
  }
  return finish();
}
