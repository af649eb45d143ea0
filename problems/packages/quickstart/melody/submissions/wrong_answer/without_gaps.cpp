// Looks for a theme without other notes in between.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main() {
  std::string s, t;
  std::cin >> s >> t;
  std::vector<int> row(t.size() + 1, 0);
  int best = 0;
  for (char note : s) {
    int diagonal = 0;
    for (std::size_t j = 1; j <= t.size(); ++j) {
      const int above = row[j];
      row[j] = note == t[j - 1] ? diagonal + 1 : 0;
      best = std::max(best, row[j]);
      diagonal = above;
    }
  }
  std::cout << best << '\n';
}
