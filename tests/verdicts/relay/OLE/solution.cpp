#include "relay.h"
#include <cstdio>

int twice(int n) {
  while (n != 0) std::printf("%65536s", "");
  return n;
}
