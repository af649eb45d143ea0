// Linear in n, and n may be 10^18.
#include <iostream>

int main() {
  unsigned long long x0, x1, a, b, m, n;
  std::cin >> x0 >> x1 >> a >> b >> m >> n;
  for (unsigned long long i = 0; i < n; ++i) {
    const unsigned long long next = (a * x1 + b * x0) % m;
    x0 = x1;
    x1 = next;
  }
  std::cout << x0 << '\n';
}
