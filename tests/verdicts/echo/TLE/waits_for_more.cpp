#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  int n = 0, m = 0;
  if (std::scanf("%d %d", &n, &m) != 1) return 1;
  std::printf("%d\n", n);
}
