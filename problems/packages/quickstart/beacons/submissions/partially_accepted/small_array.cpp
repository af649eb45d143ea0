// Has room for a thousand beacons and stops with an exception at the next: 20 points.
#include <array>
#include <cstdio>
#include <cstdlib>

int main() {
  std::size_t n;
  int d;
  if (std::scanf("%zu %d", &n, &d) != 2) return 1;
  std::array<int, 1000> positions{};
  for (std::size_t i = 0; i < n; ++i)
    if (std::scanf("%d", &positions.at(i)) != 1) return 1;
  long long total = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j)
      if (std::abs(positions[i] - positions[j]) <= d) ++total;
  std::printf("%lld\n", total);
}
