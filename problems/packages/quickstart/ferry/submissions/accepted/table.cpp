#include <iostream>
#include <vector>

int main() {
  int n, lane;
  std::cin >> n >> lane;
  std::vector<int> lengths(n);
  for (int& length : lengths) std::cin >> length;
  // reached[u]: the truck that first made a total of u possible, counted from 1.
  std::vector<int> reached(lane + 1, 0);
  for (int i = 0; i < n; ++i)
    for (int u = lane; u >= lengths[i]; --u)
      if (reached[u] == 0 && (u == lengths[i] || reached[u - lengths[i]] != 0)) reached[u] = i + 1;
  int used = lane;
  while (reached[used] == 0) --used;
  std::vector<int> trucks;
  while (used > 0) {
    trucks.push_back(reached[used]);
    used -= lengths[reached[used] - 1];
  }
  std::cout << trucks.size() << '\n';
  for (int truck : trucks) std::cout << truck << ' ';
  std::cout << '\n';
}
