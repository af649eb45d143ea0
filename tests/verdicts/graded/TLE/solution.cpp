#include "adder.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int add(int a, int b) {
  for (volatile int i = 0;; i = i + 1) {
    if (i < 0) return a + b;
    i = 0;
  }
}
