// Arguments as testlib has them: input, output for the checker, answer.
#include <fstream>
#include <iostream>

int main(int argc, char** argv) {
  if (argc < 3) return 3;
  int secret = 0, guess = 0;
  std::ifstream(argv[1]) >> secret;
  for (int turn = 0; turn < 8 && std::cin >> guess; ++turn) {
    std::cout << (secret < guess ? "smaller" : secret > guess ? "greater" : "found") << std::endl;
    if (guess != secret) continue;
    std::ofstream(argv[2]) << guess << "\n";
    return 0;
  }
  std::cerr << "not found\n";
  return 1;
}
