#include <cstdlib>
#include <cstring>
#include <cstdio>

long encode(long n) {
  for (volatile int i = 0;; i = 0) {
    if (i < 0) return n;
  }
}

long decode(long n) {
  return n;
}
