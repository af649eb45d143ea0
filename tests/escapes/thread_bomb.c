// Tries: to exhaust the process table with threads, which some limits do not count.
// Stopped by: the pids limit, which counts threads; pthread_create fails.
// Outcome: exited
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void* wait_here(void* unused) {
  pause();
  return unused;
}

int main(void) {
  int made = 0;
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 32 * 1024);
  for (pthread_t thread; made < 20000; ++made) {
    if (pthread_create(&thread, &small, wait_here, NULL) != 0) break;
  }
  if (made > 1000) puts("ESCAPED: thousands of threads");
  fflush(stdout);
  _exit(0);
}
