#include <cstdlib>
#include <cstring>
#include <cstdio>

long encode(long n) {
  return n + 1000;
}

long decode(long n) {
  return n - 1000;
}
