// Tries: to write in every folder it can reach, and to change mode, times and attributes of what
// belongs to the machine.
// Must stop it: everything but the three scratch folders is mounted read-only and has another owner.
#include "attack.h"

#include <sys/xattr.h>

static int folders_seen = 0;

static int is_scratch(const char* path) {
  return strncmp(path, "/box", 4) == 0 || strncmp(path, "/tmp", 4) == 0 ||
         strncmp(path, "/dev/shm", 8) == 0 || strncmp(path, "/proc", 5) == 0;
}

static void visit(const char* path, int depth) {
  if (is_scratch(path) || ++folders_seen > 3000) return;
  char name[4200];
  snprintf(name, sizeof name, "%s/evalctl-escape", path);
  const int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0600);
  if (fd >= 0) escaped("created %s", name);
  if (fd >= 0) unlink(name);
  if (mkdir(name, 0700) == 0) escaped("created folder %s", name);
  if (chmod(path, 0777) == 0) escaped("changed the mode of %s", path);
  if (utimensat(AT_FDCWD, path, NULL, 0) == 0) escaped("changed the times of %s", path);
  if (setxattr(path, "user.x", "x", 1, 0) == 0) escaped("marked %s", path);
  DIR* folder = depth < 4 ? opendir(path) : NULL;
  struct dirent* entry;
  while (folder && (entry = readdir(folder)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    snprintf(name, sizeof name, "%s/%s", strcmp(path, "/") == 0 ? "" : path, entry->d_name);
    struct stat status;
    if (lstat(name, &status) < 0) continue;
    if (S_ISDIR(status.st_mode)) {
      visit(name, depth + 1);
    } else if (S_ISREG(status.st_mode) && !is_scratch(name)) {
      const int file = open(name, O_WRONLY);
      if (file >= 0) escaped("opened %s for writing", name);
      if (file >= 0) close(file);
    }
  }
  if (folder) closedir(folder);
}

int main(void) {
  visit("/", 0);
  return finish();
}
