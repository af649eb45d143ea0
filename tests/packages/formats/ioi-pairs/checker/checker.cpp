// Arguments: input, answer, output.
#include <fstream>
#include <iostream>

#include "helper.h"

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  long long answer = 0, output = 0;
  std::ifstream(argv[2]) >> answer;
  const bool read = static_cast<bool>(std::ifstream(argv[3]) >> output);
  std::cout << part_of(read && output == answer) << "\n";
  std::cerr << "compared\n";
}
