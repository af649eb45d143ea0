#include "relay.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int twice(int n) {
  std::abort();
  return n;
}
