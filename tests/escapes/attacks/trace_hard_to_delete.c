// Tries: to leave what cleaning cannot delete: folders without rights, immutable files, names of 255
// odd bytes, wide and deep trees, changed rights and marks on the scratch folders themselves.
// Must stop it: cleaning that does not depend on rights; a box that cannot be cleaned is replaced.
#include "attack.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>

static const char* folders[] = {"/box", "/tmp", "/dev/shm"};

static void plant(void) {
  for (int i = 0; i < 3; ++i) {
    char path[600];
    char name[256];
    memset(name, 0x80 + i, 255);
    name[255] = '\0';
    snprintf(path, sizeof path, "%s/%s", folders[i], name);
    mkdir(path, 0777);
    for (int k = 0; k < 1000; ++k) {
      char inner[700];
      snprintf(inner, sizeof inner, "%s/%d", path, k);
      close(open(inner, O_CREAT | O_WRONLY, 0000));
    }
    const int fd = open(path, O_RDONLY);
    int flags = FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL;
    ioctl(fd, FS_IOC_SETFLAGS, &flags);
    flags = FS_NODUMP_FL;
    ioctl(fd, FS_IOC_SETFLAGS, &flags);
    chmod(path, 0000);
    chmod(folders[i], 0000);
    setxattr(folders[i], "user.planted", "1", 1, 0);
    const int top = open(folders[i], O_RDONLY);
    ioctl(top, FS_IOC_SETFLAGS, &flags);
  }
}

static void look(void) {
  for (int i = 0; i < 3; ++i) {
    struct stat status;
    char value[8];
    int flags = 0;
    int entries = 0;
    if (stat(folders[i], &status) < 0 || (status.st_mode & 0777) != 0777) {
      escaped("the mode of %s is %o", folders[i], status.st_mode & 07777);
    }
    if (getxattr(folders[i], "user.planted", value, sizeof value) > 0)
      escaped("%s is marked", folders[i]);
    const int fd = open(folders[i], O_RDONLY);
    if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_NODUMP_FL) != 0) {
      escaped("%s has a flag", folders[i]);
    }
    DIR* folder = opendir(folders[i]);
    while (folder && readdir(folder) != NULL) ++entries;
    if (folder) closedir(folder);
    if (entries > (i == 0 ? 3 : 2)) escaped("%s has %d entries", folders[i], entries - 2);
  }
}

int main(int count, char** values) {
  if (count > 1 && strcmp(values[1], "plant") == 0) plant();
  if (count > 1 && strcmp(values[1], "look") == 0) look();
  return finish();
}
