// Walks straight to the gate and does not look at the statues.
#include <iostream>
#include <string>

int main() {
  int r, c;
  std::cin >> r >> c;
  int si = 0, sj = 0, gi = 0, gj = 0;
  for (int i = 0; i < r; ++i) {
    std::string row;
    std::cin >> row;
    for (int j = 0; j < c; ++j) {
      if (row[j] == 'S') si = i, sj = j;
      if (row[j] == 'G') gi = i, gj = j;
    }
  }
  for (; si < gi; ++si) std::cout << 'D';
  for (; si > gi; --si) std::cout << 'U';
  for (; sj < gj; ++sj) std::cout << 'R';
  for (; sj > gj; --sj) std::cout << 'L';
  std::cout << '\n';
}
