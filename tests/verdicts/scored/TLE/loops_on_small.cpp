#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  int a = 0, b = 0;
  if (std::scanf("%d %d", &a, &b) != 2) return 1;
  for (volatile long i = 0; a + b < 100; ++i) {
  }
}
