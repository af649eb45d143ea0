// Arguments as testlib has them: input, output, answer.
#include <fstream>

int main(int argc, char** argv) {
  if (argc < 4) return 3;
  int output = 0, answer = 0;
  std::ifstream(argv[2]) >> output;
  std::ifstream(argv[3]) >> answer;
  return output == answer ? 0 : 1;
}
