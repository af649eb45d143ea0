#include "adder.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int add(int a, int b) {
  std::abort();
  return a + b;
}
