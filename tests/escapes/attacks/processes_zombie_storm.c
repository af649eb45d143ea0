// Tries: to fill the table of processes with ended children that nobody collects.
// Must stop it: the limit on processes counts zombies, and the box's init collects orphans.
#include "attack.h"

int main(void) {
  int refused = 0;
  for (int i = 0; i < 1500; ++i) {
    const pid_t child = fork();
    if (child < 0) {
      ++refused;
      continue;
    }
    if (child > 0 && i % 2 == 0) waitpid(child, NULL, 0);
    if (child == 0) {
      if (i % 2 == 0 && fork() == 0) _exit(0);
      _exit(0);
    }
  }
  if (refused == 0) escaped("750 zombies were allowed");
  return finish();
}
