#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  int a = 0, b = 0;
  if (std::scanf("%d %d", &a, &b) != 2) return 1;
  std::printf("%d\n", a + b);
  std::fflush(stdout);
  for (;;) {
    char* piece = static_cast<char*>(std::malloc(1 << 20));
    if (piece != nullptr) std::memset(piece, 1, 1 << 20);
  }
}
