#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (;;) std::printf("no end of a line ");
}
