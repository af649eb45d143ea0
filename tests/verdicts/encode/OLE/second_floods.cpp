#include <cstdlib>
#include <cstring>
#include <cstdio>

long encode(long n) {
  return n;
}

long decode(long n) {
  for (;;) std::puts("a line that is printed for ever and ever");
  return n;
}
