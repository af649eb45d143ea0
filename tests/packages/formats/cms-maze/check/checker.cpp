// Arguments: input, answer, output. Half of the points for any output.
#include <fstream>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  std::string answer, output;
  std::ifstream(argv[2]) >> answer;
  std::ifstream(argv[3]) >> output;
  std::cout << (output.empty() ? 0.0 : output == answer ? 1.0 : 0.5) << "\n";
  std::cerr << (output == answer ? "right" : "wrong") << "\n";
}
