// FIFOs in its arguments: from and to the first process, from and to the second.
#include <csignal>
#include <cstdio>

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int number = 0, message = -1, decoded = -1;
  if (argc < 5 || std::scanf("%d", &number) != 1) return 1;
  for (int process = 0; process < 2; ++process) {
    FILE* to = std::fopen(argv[2 + 2 * process], "w");
    FILE* from = std::fopen(argv[1 + 2 * process], "r");
    if (from == nullptr || to == nullptr) return 1;
    std::fprintf(to, "%d\n", process == 0 ? number : message);
    std::fclose(to);
    if (std::fscanf(from, "%d", process == 0 ? &message : &decoded) != 1) break;
  }
  std::printf("%.1f\n", decoded == number && message != number ? 1.0 : 0.0);
  std::fprintf(stderr, "message %d\n", message);
}
