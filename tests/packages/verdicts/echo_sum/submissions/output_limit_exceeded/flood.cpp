#include <cstdio>

int main() {
  while (true) std::puts("six");
}
