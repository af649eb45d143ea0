// Tries: to find secrets in the environment: keys, home folders, names of the judge's settings.
// Must stop it: the environment is made from scratch.
#include "attack.h"

extern char** environ;

int main(void) {
  const char* expected[] = {
      "PATH=", "HOME=/tmp", "TMPDIR=/tmp", "LANG=", "LC_ALL=", "PYTHONDONTWRITEBYTECODE=", "BAIT_"};
  for (char** entry = environ; *entry; ++entry) {
    int known = 0;
    for (unsigned i = 0; i < sizeof expected / sizeof expected[0]; ++i) {
      if (strncmp(*entry, expected[i], strlen(expected[i])) == 0) known = 1;
    }
    if (!known) escaped("the environment has %.40s", *entry);
  }
  char text[256] = "";
  gethostname(text, sizeof text);
  if (strcmp(text, "box") != 0) escaped("the host is called %s", text);
  return finish();
}
