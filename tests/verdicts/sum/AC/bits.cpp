#include <bits/stdc++.h>

int main() {
  int a = 0, b = 0;
  std::cin >> a >> b;
  std::cout << a + b << std::endl;
}
