// Reads the number on its standard input; FIFOs in its arguments: from the submission, to it.
#include <csignal>
#include <cstdio>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int secret = 0;
  if (argc < 3 || std::scanf("%d", &secret) != 1) return 1;
  FILE* to = std::fopen(argv[2], "w");
  FILE* from = std::fopen(argv[1], "r");
  if (from == nullptr || to == nullptr) return 1;
  for (int turn = 0; turn < 8; ++turn) {
    int guess = 0;
    if (std::fscanf(from, "%d", &guess) != 1) break;
    std::fprintf(to, "%d\n", secret < guess ? -1 : secret > guess ? 1 : 0);
    std::fflush(to);
    if (guess != secret) continue;
    std::printf("1.0\n");
    std::fprintf(stderr, "found in %d turns\n", turn + 1);
    return 0;
  }
  std::printf("0.0\n");
  std::fprintf(stderr, "not found\n");
}
