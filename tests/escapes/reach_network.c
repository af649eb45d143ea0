// Tries: to reach the network, the host's services, its kernel by netlink, and the hypervisor.
// Stopped by: only local sockets can be made; the network namespace is empty besides.
// Outcome: exited
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(void) {
  const int families[] = {AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_ALG, AF_VSOCK, AF_KEY};
  const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET};
  for (unsigned f = 0; f < sizeof families / sizeof *families; ++f) {
    for (unsigned t = 0; t < sizeof types / sizeof *types; ++t) {
      if (socket(families[f], types[t], 0) >= 0) printf("ESCAPED: socket family %d\n", families[f]);
    }
  }
  struct sockaddr_un docker = {AF_UNIX, "/var/run/docker.sock"};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr*)&docker, sizeof docker) == 0) puts("ESCAPED: container daemon");
  return 0;
}
