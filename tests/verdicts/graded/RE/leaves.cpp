#include "adder.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int add(int a, int b) {
  std::printf("%d\n", a + b);
  std::exit(1);
}
