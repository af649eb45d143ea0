// Tries: to talk to services of the host through abstract and named local sockets.
// Must stop it: abstract names belong to the network namespace, named ones are in no mount.
#include "attack.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static void try_name(const char* name, int abstract) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path + abstract, sizeof address.sun_path - 2, "%s", name);
  const socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1);
  const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
  for (int i = 0; i < 3; ++i) {
    const int fd = socket(AF_UNIX, types[i], 0);
    if (fd < 0) continue;
    if (connect(fd, (struct sockaddr*)&address, size) == 0) escaped("connected to %s", name);
    close(fd);
  }
}

int main(void) {
  try_name(bait("BAIT_SOCKET"), 1);
  try_name("/tmp/.X11-unix/X0", 1);
  try_name("/run/systemd/private", 0);
  try_name("/run/systemd/journal/socket", 0);
  try_name("/run/dbus/system_bus_socket", 0);
  try_name("/var/run/docker.sock", 0);
  try_name("/dev/log", 0);
  return finish();
}
