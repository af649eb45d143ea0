// Tries: to start thousands of threads, which are not processes to every limit.
// Must stop it: the limit on processes counts threads too.
#include "attack.h"

#include <pthread.h>

static void* wait_forever(void*) {
  for (;;) pause();
}

int main() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16384);
  int made = 0;
  for (; made < 4000; ++made) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, wait_forever, nullptr) != 0) break;
  }
  if (made > 200) escaped("%d threads at once", made);
  finish();
  _exit(0);
}
