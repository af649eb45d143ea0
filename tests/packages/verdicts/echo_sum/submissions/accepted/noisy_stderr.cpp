// What goes to standard error is no part of the answer.
#include <iostream>

int main() {
  int n, sum = 0;
  std::cin >> n;
  for (int x; std::cin >> x;) {
    std::cerr << "read " << x << '\n';
    sum += x;
  }
  std::cout << sum << '\n';
}
