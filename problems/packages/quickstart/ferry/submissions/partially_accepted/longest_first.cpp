// Takes the longest truck that still fits.
#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

int main() {
  int n, lane;
  std::cin >> n >> lane;
  std::vector<std::pair<int, int>> trucks(n);
  for (int i = 0; i < n; ++i) {
    std::cin >> trucks[i].first;
    trucks[i].second = i + 1;
  }
  std::sort(trucks.rbegin(), trucks.rend());
  std::vector<int> taken;
  for (auto [length, number] : trucks) {
    if (length > lane) continue;
    lane -= length;
    taken.push_back(number);
  }
  std::cout << taken.size() << '\n';
  for (int number : taken) std::cout << number << ' ';
  std::cout << '\n';
}
