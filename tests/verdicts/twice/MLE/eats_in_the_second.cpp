#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  long n = 0;
  if (std::scanf("%ld", &n) != 1) return 1;
  std::printf("%ld\n", n * n);
  std::fflush(stdout);
  if (n == 5) return 0;
  for (;;) {
    char* piece = static_cast<char*>(std::malloc(1 << 20));
    if (piece != nullptr) std::memset(piece, 1, 1 << 20);
  }
}
