#include "relay.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int twice(int n) {
  for (volatile int i = 0;; i = 0) {
    if (i < 0) return n;
  }
}
