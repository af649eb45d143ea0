// Tries: to make the kernel write its memory as a core file, or to hand it to a program of the host.
// Must stop it: a core limit of zero (one, where cores go to a program).
#include "attack.h"

int main(void) {
  const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  must_fail("raising the core limit", setrlimit(RLIMIT_CORE, &all));
  if (fork() == 0) {
    char* block = (char*)malloc(16 << 20);
    if (block != NULL) memset(block, 1, 16 << 20);
    abort();
  }
  int status = 0;
  wait(&status);
  if (WCOREDUMP(status)) escaped("the kernel says it dumped core");
  const char* folders[] = {"/box", "/tmp", "/dev/shm", "/"};
  for (int i = 0; i < 4; ++i) {
    DIR* folder = opendir(folders[i]);
    struct dirent* entry;
    while (folder && (entry = readdir(folder)) != NULL) {
      if (strncmp(entry->d_name, "core", 4) == 0) escaped("%s/%s", folders[i], entry->d_name);
    }
    if (folder) closedir(folder);
  }
  return finish();
}
