#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (volatile long i = 0;; ++i) {
  }
}
