// Tries: to open sockets of families that no network namespace separates or whose code is rarely
// used: vsock, alg, packet, netlink, bluetooth, xdp and all others.
// Must stop it: every family but local sockets is refused.
#include "attack.h"

#include <sys/socket.h>

int main(void) {
  for (int family = 0; family < 64; ++family) {
    if (family == AF_UNIX) continue;
    const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_RDM, SOCK_PACKET};
    for (unsigned i = 0; i < sizeof types / sizeof types[0]; ++i) {
      const int fd = socket(family, types[i], 0);
      if (fd < 0) continue;
      escaped("socket of family %d, type %d", family, types[i]);
      close(fd);
    }
    int pair[2];
    if (socketpair(family, SOCK_STREAM, 0, pair) == 0) escaped("socket pair of family %d", family);
  }
  return finish();
}
