#include <array>
#include <iostream>

using Matrix = std::array<std::array<unsigned long long, 2>, 2>;

int main() {
  unsigned long long x0, x1, a, b, m, n;
  std::cin >> x0 >> x1 >> a >> b >> m >> n;
  auto product = [m](const Matrix& p, const Matrix& q) {
    Matrix result{};
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        result[i][j] = (p[i][0] * q[0][j] + p[i][1] * q[1][j]) % m;
    return result;
  };
  Matrix power{{{1 % m, 0}, {0, 1 % m}}}, square{{{a, b}, {1 % m, 0}}};
  for (; n > 0; n /= 2) {
    if (n % 2 == 1) power = product(power, square);
    square = product(square, square);
  }
  std::cout << (power[1][0] * x1 + power[1][1] * x0) % m << '\n';
}
