// Looks for the next taller turbine one by one: quadratic where there is none.
#include <cstdio>
#include <vector>

int main() {
  int n;
  if (std::scanf("%d", &n) != 1) return 1;
  std::vector<int> heights(n);
  for (int& height : heights)
    if (std::scanf("%d", &height) != 1) return 1;
  long long total = 0;
  for (int i = 0; i < n; ++i) {
    int j = i + 1;
    while (j < n && heights[j] <= heights[i]) ++j;
    if (j < n) total += j - i;
  }
  std::printf("%lld\n", total);
}
