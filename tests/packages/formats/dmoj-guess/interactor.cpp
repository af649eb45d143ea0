// Arguments as testlib has them: input, output, answer. 0 accepts, 1 rejects.
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc < 2) return 3;
  int secret = 0, guess = 0;
  std::ifstream(argv[1]) >> secret;
  for (int turn = 0; turn < 8 && std::cin >> guess; ++turn) {
    std::cout << (secret < guess ? "smaller" : secret > guess ? "greater" : "found") << std::endl;
    if (guess == secret) return 0;
  }
  std::cerr << "not found\n";
  return 1;
}
