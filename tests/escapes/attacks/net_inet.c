// Tries: to reach the judge's own services on the loopback address (judge0 CVE-2024-29021), the
// local network, metadata services and the internet.
// Must stop it: no sockets but local ones, in an empty network namespace.
#include "attack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static void try_address(const char* text, int port, int type) {
  const int fd = socket(AF_INET, type | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  struct sockaddr_in address;
  memset(&address, 0, sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons((uint16_t)port);
  inet_pton(AF_INET, text, &address.sin_addr);
  const int done = connect(fd, (struct sockaddr*)&address, sizeof address);
  if (done == 0 || errno == EINPROGRESS) {
    // A connection under way has left the box already; a datagram socket must send to tell.
    if (type == SOCK_STREAM || send(fd, "x", 1, 0) == 1) escaped("reached %s:%d", text, port);
  }
  close(fd);
}

int main(void) {
  const int port = atoi(bait("BAIT_PORT"));
  try_address("127.0.0.1", port, SOCK_STREAM);
  try_address("127.0.0.1", 53, SOCK_DGRAM);
  try_address("169.254.169.254", 80, SOCK_STREAM);
  try_address("10.0.0.1", 22, SOCK_STREAM);
  try_address("8.8.8.8", 53, SOCK_DGRAM);
  try_address("1.1.1.1", 443, SOCK_STREAM);
  const int fd = socket(AF_INET6, SOCK_DGRAM, 0);
  struct sockaddr_in6 six;
  memset(&six, 0, sizeof six);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(53);
  inet_pton(AF_INET6, "2001:4860:4860::8888", &six.sin6_addr);
  if (fd >= 0 && sendto(fd, "x", 1, 0, (struct sockaddr*)&six, sizeof six) == 1) {
    escaped("sent over IPv6");
  }
  return finish();
}
