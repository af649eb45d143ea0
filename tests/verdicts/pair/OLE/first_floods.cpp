#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int, char** argv) {
  std::FILE* in = std::fopen(argv[1], "r");
  std::FILE* out = std::fopen(argv[2], "w");
  const int index = std::atoi(argv[3]);
  char word[64] = "";
  if (std::fscanf(in, "%63s", word) != 1) return 1;
  while (index == 0) std::fputs("no end of a line ", out);
  std::fprintf(out, "%s\n", word);
}
