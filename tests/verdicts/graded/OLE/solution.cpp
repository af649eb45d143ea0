#include "adder.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int add(int a, int b) {
  for (;;) std::puts("a line that is printed for ever and ever");
  return a + b;
}
