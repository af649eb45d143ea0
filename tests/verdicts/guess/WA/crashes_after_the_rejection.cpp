#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  for (int guess = 1; guess <= 10; ++guess) {
    std::printf("%d\n", 99);
    std::fflush(stdout);
    char word[16];
    if (std::scanf("%15s", word) != 1) std::abort();
  }
  // The interactor has rejected by now and this program is being killed.
  char word[16];
  std::scanf("%15s", word);
  std::abort();
}
