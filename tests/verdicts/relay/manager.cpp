// manager sol-to-mgr mgr-to-sol < input: sends a number, expects its double; the next number is half
// the credit.
#include <cstdio>
#include <csignal>

int main(int, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  int n = 0, answer = 0;
  if (std::scanf("%d", &n) != 1) return 1;
  std::FILE* to = std::fopen(argv[2], "w");
  std::FILE* from = std::fopen(argv[1], "r");
  std::fprintf(to, "%d\n", n);
  std::fflush(to);
  const bool answered = std::fscanf(from, "%d", &answer) == 1;
  const bool right = answered && answer == 2 * n;
  const bool near = answered && answer == 2 * n + 1;
  std::printf("%s\n", right ? "1.0" : near ? "0.5" : "0.0");
  std::fprintf(stderr, "%s\n", right ? "translate:success" : answered ? "not the double" : "no answer");
}
