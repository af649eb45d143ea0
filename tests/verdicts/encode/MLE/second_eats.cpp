#include <cstdlib>
#include <cstring>
#include <cstdio>

long encode(long n) {
  return n;
}

long decode(long n) {
  for (;;) {
    char* piece = static_cast<char*>(std::malloc(1 << 20));
    if (piece != nullptr) std::memset(piece, 1, 1 << 20);
  }
  return n;
}
