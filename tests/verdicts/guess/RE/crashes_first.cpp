#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  std::puts("50");
  std::fflush(stdout);
  std::abort();
}
