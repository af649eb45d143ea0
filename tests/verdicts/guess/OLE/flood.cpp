#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (;;) std::printf("%10000d", 0);
}
