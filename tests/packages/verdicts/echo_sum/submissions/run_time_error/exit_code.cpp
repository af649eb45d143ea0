// The right answer does not count if the program reports failure.
#include <iostream>

int main() {
  int n, sum = 0;
  std::cin >> n;
  for (int x; std::cin >> x;) sum += x;
  std::cout << sum << std::endl;
  return 1;
}
