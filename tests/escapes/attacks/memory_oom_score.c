// Tries: to make itself unkillable when memory runs out, so that the kernel kills somebody else.
// Must stop it: the score cannot go below what the box set without CAP_SYS_RESOURCE.
#include "attack.h"

int main(void) {
  const char* values[] = {"-1000", "-500", "-1"};
  for (int i = 0; i < 3; ++i) {
    const int fd = open("/proc/self/oom_score_adj", O_WRONLY);
    if (fd < 0) break;
    must_fail(values[i], write(fd, values[i], strlen(values[i])));
    close(fd);
  }
  return finish();
}
