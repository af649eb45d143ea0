#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  std::FILE* in = std::fopen("in.txt", "r");
  std::FILE* out = std::fopen("out.txt", "w");
  int a = 0, b = 0;
  if (std::fscanf(in, "%d %d", &a, &b) != 2) return 1;
  std::fprintf(out, "%d\n", a + b);
  std::fflush(out);
  for (volatile long i = 0;; ++i) {
  }
}
