// Tries: to store hundreds of MiB as extended attributes, which no file size counts.
// Must stop it: no user attributes, their own quota, or the memory limit.
#include "attack.h"

#include <sys/xattr.h>

static char value[60000];

int main(void) {
  long stored = 0;
  memset(value, 'v', sizeof value);
  for (int file = 0; file < 400; ++file) {
    char path[32];
    snprintf(path, sizeof path, "/tmp/a%d", file);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    for (int i = 0; i < 20; ++i) {
      char name[32];
      snprintf(name, sizeof name, "user.%d", i);
      if (setxattr(path, name, value, sizeof value, 0) < 0) break;
      stored += (long)sizeof value;
    }
  }
  if (stored > 256L << 20) escaped("stored %ld MiB in attributes", stored >> 20);
  return finish();
}
