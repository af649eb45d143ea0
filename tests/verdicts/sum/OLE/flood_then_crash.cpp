#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (int i = 0; i < 10000; ++i) std::puts("a line that is printed too often");
  std::fflush(stdout);
  std::abort();
}
