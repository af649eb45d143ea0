// The sum reaches about 4.5e10.
#include <cstdio>
#include <vector>

int main() {
  int n;
  if (std::scanf("%d", &n) != 1) return 1;
  std::vector<int> heights(n), waiting;
  unsigned total = 0;
  for (int j = 0; j < n; ++j) {
    if (std::scanf("%d", &heights[j]) != 1) return 1;
    while (!waiting.empty() && heights[waiting.back()] < heights[j]) {
      total += static_cast<unsigned>(j - waiting.back());
      waiting.pop_back();
    }
    waiting.push_back(j);
  }
  std::printf("%u\n", total);
}
