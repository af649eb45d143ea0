#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int, char** argv) {
  std::FILE* in = std::fopen(argv[1], "r");
  std::FILE* out = std::fopen(argv[2], "w");
  const int index = std::atoi(argv[3]);
  char word[64] = "";
  if (std::fscanf(in, "%63s", word) != 1) return 1;
  if (index == 0) {
    std::fprintf(out, "x%s\n", word);
    return 0;
  }
  for (;;) {
    char* piece = static_cast<char*>(std::malloc(1 << 20));
    if (piece != nullptr) std::memset(piece, 1, 1 << 20);
  }
}
