#include <algorithm>
#include <cstdio>
#include <vector>

int main() {
  int n, d;
  if (std::scanf("%d %d", &n, &d) != 2) return 1;
  std::vector<int> positions(n);
  for (int& position : positions)
    if (std::scanf("%d", &position) != 1) return 1;
  std::sort(positions.begin(), positions.end());
  long long total = 0;
  for (int left = 0, right = 0; right < n; ++right) {
    while (positions[right] - positions[left] > d) ++left;
    total += right - left;
  }
  std::printf("%lld\n", total);
}
