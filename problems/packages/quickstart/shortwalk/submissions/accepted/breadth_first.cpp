#include <algorithm>
#include <iostream>
#include <queue>
#include <string>
#include <utility>
#include <vector>

int main() {
  const int row_step[] = {-1, 1, 0, 0}, column_step[] = {0, 0, -1, 1};
  const char letters[] = "UDLR";
  int r, c;
  std::cin >> r >> c;
  std::vector<std::string> grid(r), came(r, std::string(c, '?'));
  std::queue<std::pair<int, int>> open;
  for (int i = 0; i < r; ++i) {
    std::cin >> grid[i];
    auto at = grid[i].find('S');
    if (at != std::string::npos) {
      open.push({i, static_cast<int>(at)});
      came[i][at] = 'S';
    }
  }
  while (!open.empty()) {
    auto [i, j] = open.front();
    open.pop();
    if (grid[i][j] == 'G') {
      std::string walk;
      while (came[i][j] != 'S') {
        int k = static_cast<int>(std::find(letters, letters + 4, came[i][j]) - letters);
        walk += letters[k];
        i -= row_step[k];
        j -= column_step[k];
      }
      std::reverse(walk.begin(), walk.end());
      std::cout << walk << '\n';
      return 0;
    }
    for (int k = 0; k < 4; ++k) {
      int a = i + row_step[k], b = j + column_step[k];
      if (a < 0 || b < 0 || a >= r || b >= c || grid[a][b] == '#' || came[a][b] != '?') continue;
      came[a][b] = letters[k];
      open.push({a, b});
    }
  }
  std::cout << "stuck\n";
}
