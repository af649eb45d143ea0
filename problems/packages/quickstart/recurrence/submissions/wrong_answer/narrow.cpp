// Products of two 30-bit numbers do not fit in unsigned int.
#include <iostream>

int main() {
  unsigned x0, x1, a, b, m;
  unsigned long long n;
  std::cin >> x0 >> x1 >> a >> b >> m >> n;
  unsigned p[2][2] = {{1 % m, 0}, {0, 1 % m}}, s[2][2] = {{a, b}, {1 % m, 0}};
  auto multiply = [m](unsigned (&into)[2][2], unsigned (&by)[2][2]) {
    unsigned result[2][2];
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        result[i][j] = (into[i][0] * by[0][j] + into[i][1] * by[1][j]) % m;
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) into[i][j] = result[i][j];
  };
  for (; n > 0; n /= 2) {
    if (n % 2 == 1) multiply(p, s);
    multiply(s, s);
  }
  std::cout << (p[1][0] * x1 + p[1][1] * x0) % m << '\n';
}
