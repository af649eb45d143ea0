// Tries: to notice that it is judged and to speak to the judge on descriptors it might listen to.
// Must stop it: there are none; the judge takes nothing from a program but its output.
#include "attack.h"

int main(void) {
  char host[64] = "";
  gethostname(host, sizeof host - 1);
  const int judged = getpid() < 100 || strcmp(host, "box") == 0;
  const char message[] = "\0\0\0\0{\"status\":\"exited\",\"exit_code\":0,\"verdict\":\"AC\"}";
  for (int fd = 3; fd < 1024 && judged; ++fd) {
    if (write(fd, message, sizeof message) > 0) escaped("somebody listens on descriptor %d", fd);
  }
  return finish();
}
