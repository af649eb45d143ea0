// Tries: to have the judge copy out an endless device through a link, a FIFO that nobody writes, a
// socket and a folder.
// Must stop it: outputs are regular files only, opened without waiting.
#include "attack.h"

#include <sys/socket.h>
#include <sys/un.h>

int main(void) {
  if (symlink("/dev/zero", "/box/zero") < 0 || mkfifo("/box/fifo", 0666) < 0 ||
      mkdir("/box/folder", 0777) < 0) {
    return 1;
  }
  struct sockaddr_un address = {AF_UNIX, "/box/socket"};
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, (struct sockaddr*)&address, sizeof address) < 0) return 1;
  return finish();
}
