// Tries: to talk to a run in another box at the same time by an abstract socket, a named socket and a
// file in every scratch folder.
// Must stop it: a network namespace and scratch folders for every box.
#include "attack.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static const char* names[] = {"@evalctl-together", "/tmp/evalctl-together",
                              "/dev/shm/evalctl-together", "/box/evalctl-together"};

static int open_socket(const char* name, int listening) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  strcpy(address.sun_path, name);
  if (name[0] == '@') address.sun_path[0] = '\0';
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listening) return bind(fd, (struct sockaddr*)&address, size) == 0 ? listen(fd, 5) : -1;
  const int connected = connect(fd, (struct sockaddr*)&address, size);
  close(fd);
  return connected;
}

int main(int count, char** values) {
  const int looking = count > 1 && strcmp(values[1], "look") == 0;
  if (!looking) {
    for (int i = 0; i < 4; ++i) open_socket(names[i], 1);
    usleep(1500000);
    return finish();
  }
  for (int round = 0; round < 120; ++round) {
    for (int i = 0; i < 4; ++i) {
      if (open_socket(names[i], 0) == 0) {
        escaped("reached another box by %s", names[i]);
        return 0;
      }
    }
    usleep(10000);
  }
  return finish();
}
