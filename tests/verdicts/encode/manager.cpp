// manager 0 FIFO < input, manager 1 FIFO > output.
#include <cstdio>
#include <cstdlib>

long encode(long n);
long decode(long n);

int main(int, char** argv) {
  long n = 0;
  if (std::atoi(argv[1]) == 0) {
    std::FILE* out = std::fopen(argv[2], "w");
    if (std::scanf("%ld", &n) != 1) return 1;
    std::fprintf(out, "%ld\n", encode(n));
    return 0;
  }
  std::FILE* in = std::fopen(argv[2], "r");
  if (std::fscanf(in, "%ld", &n) != 1) return 1;
  std::printf("%ld\n", decode(n));
}
