#include <cstdlib>
#include <cstring>
#include <cstdio>

long encode(long n) {
  return n;
}

long decode(long n) {
  std::abort();
  return n;
}
