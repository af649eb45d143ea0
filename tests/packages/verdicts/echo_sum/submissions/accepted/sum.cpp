#include <iostream>

int main() {
  int n, sum = 0;
  std::cin >> n;
  for (int x; std::cin >> x;) sum += x;
  std::cout << sum << '\n';
}
