// Tries: to leave a number as the count of processes ever made: process numbers of a namespace only
// go up, so the next run reads in its own number how many this one made.
// Must stop it: numbers of processes start anew for every run.
#include "attack.h"

int main(int count, char** values) {
  if (count > 1 && strcmp(values[1], "plant") == 0) {
    for (int i = 0; i < 1500; ++i) {
      const pid_t child = vfork();
      if (child == 0) _exit(0);
      if (child > 0) waitpid(child, NULL, 0);
    }
    return finish();
  }
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
  if (getpid() > 1000 || child > 1000) escaped("the numbers are %d and %d", getpid(), child);
  return finish();
}
