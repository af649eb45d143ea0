// Tries: to use four times its memory limit as stack, by endless recursion.
// Must stop it: the stack limit or the memory limit.
#include "attack.h"

static int descend(int depth) {
  volatile char frame[65536];
  for (unsigned i = 0; i < sizeof frame; i += 512) frame[i] = static_cast<char>(depth);
  if (depth > 4096) return frame[512];
  return descend(depth + 1) + frame[1024];
}

int main() {
  const int sum = descend(1);
  escaped("used 256 MiB of stack (%d)", sum);
  return 0;
}
