#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  int n = 0;
  if (std::scanf("%d", &n) != 1 || n == 8) std::abort();
  std::printf("%d\n", n);
}
