// Tries: to leave files, links, sockets and FIFOs in every writable place for the next run.
// Must stop it: the scratch folders are emptied between runs.
#include "attack.h"

#include <sys/socket.h>
#include <sys/un.h>

static const char* folders[] = {"/box", "/tmp", "/dev/shm", "/", "/dev", "/etc", "/proc"};

static void plant(void) {
  for (int i = 0; i < 7; ++i) {
    char path[64];
    snprintf(path, sizeof path, "%s/planted", folders[i]);
    const int fd = open(path, O_CREAT | O_WRONLY, 0666);
    if (fd >= 0) (void)!write(fd, "message", 7);
    snprintf(path, sizeof path, "%s/.hidden", folders[i]);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/...", folders[i]);
    (void)!symlink("/etc/passwd", path);
    snprintf(path, sizeof path, "%s/fifo\n", folders[i]);
    mkfifo(path, 0666);
    struct sockaddr_un address = {AF_UNIX, ""};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folders[i]);
    (void)!bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, sizeof address);
  }
}

static void look(const char* own) {
  for (int i = 0; i < 3; ++i) {
    DIR* folder = opendir(folders[i]);
    struct dirent* entry;
    while (folder && (entry = readdir(folder)) != NULL) {
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
      if (i == 0 && strcmp(entry->d_name, own) == 0) continue;
      escaped("%s/%s is still there", folders[i], entry->d_name);
    }
    if (folder) closedir(folder);
  }
}

int main(int count, char** values) {
  const char* slash = strrchr(values[0], '/');
  if (count > 1 && strcmp(values[1], "plant") == 0) plant();
  if (count > 1 && strcmp(values[1], "look") == 0) look(slash ? slash + 1 : values[0]);
  return finish();
}
