#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (;;) std::puts("a line that is printed for ever and ever");
}
