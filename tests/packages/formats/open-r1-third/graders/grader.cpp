#include <cstdio>

#include "third.h"

int main() {
  int number = 0;
  if (std::scanf("%d", &number) != 1) return 1;
  std::printf("%d\n", third(number));
}
