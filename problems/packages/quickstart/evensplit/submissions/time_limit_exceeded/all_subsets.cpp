// Tries subsets in the order of their bit masks; beyond about 30 weights that never ends.
#include <iostream>
#include <vector>

int main() {
  int n;
  std::cin >> n;
  int total = n * (n + 1) / 2;
  if (total % 2 != 0) {
    std::cout << "impossible\n";
    return 0;
  }
  std::vector<bool> used(n + 1, false);
  while (true) {
    int bit = 1;
    while (bit <= n && used[bit]) used[bit++] = false;
    if (bit > n) break;
    used[bit] = true;
    int sum = 0, count = 0;
    for (int weight = 1; weight <= n; ++weight) {
      if (used[weight]) {
        sum += weight;
        ++count;
      }
    }
    if (2 * sum == total) {
      std::cout << count << '\n';
      for (int weight = 1; weight <= n; ++weight)
        if (used[weight]) std::cout << weight << ' ';
      std::cout << '\n';
      return 0;
    }
  }
}
