#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int, char** argv) {
  std::FILE* in = std::fopen(argv[1], "r");
  std::FILE* out = std::fopen(argv[2], "w");
  const int index = std::atoi(argv[3]);
  char word[64] = "";
  if (std::fscanf(in, "%63s", word) != 1) return 1;
  for (char* c = word; *c != 0; ++c) *c = static_cast<char>(*c + (index == 0 ? 1 : -1));
  std::fprintf(out, "%s\n", word);
}
