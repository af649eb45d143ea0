// interactor input answer feedback_dir/: answers "lower", "higher" or "correct".
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int, char** argv) {
  int secret = 0;
  std::FILE* input = std::fopen(argv[1], "r");
  if (std::fscanf(input, "%d", &secret) != 1) return 1;
  char path[256];
  std::snprintf(path, sizeof path, "%sjudgemessage.txt", argv[3]);
  std::FILE* message = std::fopen(path, "w");
  for (int round = 1; round <= 10; ++round) {
    int guess = 0;
    if (std::scanf("%d", &guess) != 1) {
      std::fprintf(message, "no guess %d", round);
      return 43;
    }
    if (guess == secret) {
      std::puts("correct");
      std::fprintf(message, "%d guesses", round);
      return 42;
    }
    std::puts(guess < secret ? "higher" : "lower");
    std::fflush(stdout);
  }
  std::fprintf(message, "too many guesses");
  return 43;
}
