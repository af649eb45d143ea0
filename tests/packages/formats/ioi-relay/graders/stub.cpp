// The first process encodes, the second decodes; which one this is stands in the argument.
#include <cstdio>
#include <cstdlib>

#include "relay.h"

int main(int argc, char** argv) {
  int number = 0;
  if (argc < 2 || std::scanf("%d", &number) != 1) return 1;
  std::printf("%d\n", std::atoi(argv[1]) == 0 ? encode(number) : decode(number));
}
