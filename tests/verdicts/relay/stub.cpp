#include "relay.h"
#include <cstdio>

int main() {
  int n = 0;
  if (std::scanf("%d", &n) != 1) return 1;
  std::printf("%d\n", twice(n));
}
