#include <cstdio>
#include <vector>

int main() {
  int n;
  if (std::scanf("%d", &n) != 1) return 1;
  std::vector<int> heights(n), waiting;
  long long total = 0;
  for (int j = 0; j < n; ++j) {
    if (std::scanf("%d", &heights[j]) != 1) return 1;
    while (!waiting.empty() && heights[waiting.back()] < heights[j]) {
      total += j - waiting.back();
      waiting.pop_back();
    }
    waiting.push_back(j);
  }
  std::printf("%lld\n", total);
}
