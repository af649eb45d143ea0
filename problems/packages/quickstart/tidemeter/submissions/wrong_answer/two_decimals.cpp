// The right formula, rounded too early for a tolerance of 1e-6.
#include <iomanip>
#include <iostream>

int main() {
  int n;
  std::cin >> n;
  double area = 0, first = 0, t = 0, h = 0;
  for (int i = 0; i < n; ++i) {
    double next_t, next_h;
    std::cin >> next_t >> next_h;
    if (i == 0)
      first = next_t;
    else
      area += (next_t - t) * (h + next_h) / 2;
    t = next_t;
    h = next_h;
  }
  std::cout << std::fixed << std::setprecision(2) << area / (t - first) << '\n';
}
