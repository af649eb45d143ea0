// Tries: to leave the core it was given, to use others that belong to other runs.
// Must stop it: changing the affinity is refused.
#include "attack.h"

#include <sched.h>

int main(void) {
  cpu_set_t before, all, after;
  CPU_ZERO(&before);
  sched_getaffinity(0, sizeof before, &before);
  memset(&all, 0xff, sizeof all);
  sched_setaffinity(0, sizeof all, &all);
  CPU_ZERO(&after);
  sched_getaffinity(0, sizeof after, &after);
  if (CPU_COUNT(&after) > CPU_COUNT(&before)) escaped("uses %d cores", CPU_COUNT(&after));
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  must_fail("affinity of init", sched_setaffinity(1, sizeof one, &one));
  return finish();
}
