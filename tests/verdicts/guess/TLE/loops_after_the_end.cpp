#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  int low = 1, high = 100;
  char word[16] = "";
  while (std::strcmp(word, "correct") != 0) {
    const int guess = (low + high) / 2;
    std::printf("%d\n", guess);
    std::fflush(stdout);
    if (std::scanf("%15s", word) != 1) return 1;
    if (std::strcmp(word, "higher") == 0) low = guess + 1;
    if (std::strcmp(word, "lower") == 0) high = guess - 1;
  }
  for (volatile long i = 0;; ++i) {
  }
}
