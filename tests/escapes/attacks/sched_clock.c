// Tries: to change the clocks of the machine. The values are those it has, so that success does no
// harm.
// Must stop it: all of them are forbidden and need CAP_SYS_TIME.
#include "attack.h"

#include <sys/timex.h>

int main(void) {
  struct timeval now;
  struct timespec precise;
  gettimeofday(&now, NULL);
  must_fail("settimeofday", settimeofday(&now, NULL));
  clock_gettime(CLOCK_REALTIME, &precise);
  must_fail("clock_settime", clock_settime(CLOCK_REALTIME, &precise));
  struct timex change;
  memset(&change, 0, sizeof change);
  change.modes = ADJ_TICK;
  change.tick = 10000;
  must_fail("adjtimex", adjtimex(&change));
  must_fail("clock_adjtime", clock_adjtime(CLOCK_REALTIME, &change));
  return finish();
}
