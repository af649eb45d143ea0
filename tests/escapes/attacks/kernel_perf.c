// Tries: to open performance counters, a side channel with a long list of holes.
// Must stop it: perf_event_open is forbidden.
#include "attack.h"

#include <linux/perf_event.h>

int main(void) {
  for (unsigned kind = 0; kind < 6; ++kind) {
    struct perf_event_attr event;
    memset(&event, 0, sizeof event);
    event.size = sizeof event;
    event.type = kind;
    event.exclude_kernel = 1;
    event.exclude_hv = 1;
    must_fail("perf_event_open", syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
    must_fail("perf_event_open of all", syscall(SYS_perf_event_open, &event, -1, 0, -1, 0));
  }
  return finish();
}
