// Tries: to leave a bit by making a file in a folder that stays, or not: the folder's time then says
// when the last one was made.
// Must stop it: the times of the folders are reset after every run.
#include "attack.h"

int main(int count, char** values) {
  const int planting = count > 1 && strcmp(values[1], "plant") == 0;
  const char* folders[] = {"/tmp", "/dev/shm"};
  for (int i = 0; i < 2; ++i) {
    struct stat status;
    if (planting) {
      char path[64];
      snprintf(path, sizeof path, "%s/made", folders[i]);
      close(open(path, O_CREAT | O_WRONLY, 0600));
      unlink(path);
    } else if (stat(folders[i], &status) == 0 && time(NULL) - status.st_mtime < 86400) {
      escaped("%s was changed %ld seconds ago", folders[i], (long)(time(NULL) - status.st_mtime));
    }
  }
  return finish();
}
