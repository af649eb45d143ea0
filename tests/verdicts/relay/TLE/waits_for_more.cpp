#include "relay.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int twice(int n) {
  int m = 0;
  std::scanf("%d", &m);
  return n + m;
}
