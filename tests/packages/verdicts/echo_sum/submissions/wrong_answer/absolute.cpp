// Right on the sample and on 01, wrong on 02.
#include <cstdlib>
#include <iostream>

int main() {
  int n, sum = 0;
  std::cin >> n;
  for (int x; std::cin >> x;) sum += std::abs(x);
  std::cout << sum << '\n';
}
