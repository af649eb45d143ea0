// FIFOs in its arguments: from the manager, to it.
#include <cstdio>
#include <cstdlib>

void play();

static FILE* from;
static FILE* to;

// -1: the number is smaller; 1: it is greater; 0: found.
int guess(int number) {
  std::fprintf(to, "%d\n", number);
  std::fflush(to);
  int answer = 0;
  if (std::fscanf(from, "%d", &answer) != 1) std::exit(0);
  return answer;
}

int main(int argc, char** argv) {
  if (argc < 3) return 1;
  from = std::fopen(argv[1], "r");
  to = std::fopen(argv[2], "w");
  if (from == nullptr || to == nullptr) return 1;
  play();
}
