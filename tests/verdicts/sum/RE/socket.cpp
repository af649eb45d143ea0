#include <sys/socket.h>
#include <netinet/in.h>
#include <cstdlib>

// No network: the call fails, and the program with it.
int main() {
  if (socket(AF_INET, SOCK_STREAM, 0) < 0) std::abort();
}
