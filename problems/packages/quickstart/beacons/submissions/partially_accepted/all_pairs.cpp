// Every pair: 50 points, too slow for the last subtask.
#include <cstdio>
#include <cstdlib>
#include <vector>

int main() {
  int n, d;
  if (std::scanf("%d %d", &n, &d) != 2) return 1;
  std::vector<int> positions(n);
  for (int& position : positions)
    if (std::scanf("%d", &position) != 1) return 1;
  long long total = 0;
  for (int i = 0; i < n; ++i)
    for (int j = i + 1; j < n; ++j)
      if (std::abs(positions[i] - positions[j]) <= d) ++total;
  std::printf("%lld\n", total);
}
