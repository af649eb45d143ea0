// Forgets that the second pile may be the heavier one.
#include <iostream>

int main() {
  long long a, b;
  std::cin >> a >> b;
  std::cout << a + b << ' ' << a - b << '\n';
}
