// Tries: to leave a message in a POSIX message queue, which needs no mount and outlives processes.
// Must stop it: POSIX queues do not exist in the box, or are new for every run.
#include "attack.h"

#include <mqueue.h>

int main(int count, char** values) {
  const int planting = count > 1 && strcmp(values[1], "plant") == 0;
  struct mq_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 16;
  const long queue = syscall(SYS_mq_open, "evalctl-covert", planting ? O_CREAT | O_RDWR : O_RDWR,
                             0666, planting ? &attributes : NULL);
  if (!planting && queue >= 0) escaped("found the queue");
  return finish();
}
