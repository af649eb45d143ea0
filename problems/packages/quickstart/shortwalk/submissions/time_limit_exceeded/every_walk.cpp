// Tries every walk without repeated squares by iterative deepening: exponential on open ground.
#include <iostream>
#include <string>
#include <vector>

int r, c;
std::vector<std::string> grid;
std::string walk;

bool search(int i, int j, int left) {
  if (i < 0 || j < 0 || i >= r || j >= c || grid[i][j] == '#') return false;
  if (grid[i][j] == 'G') return true;
  if (left == 0) return false;
  char kept = grid[i][j];
  grid[i][j] = '#';
  const int row_step[] = {-1, 1, 0, 0}, column_step[] = {0, 0, -1, 1};
  bool found = false;
  for (int k = 0; k < 4 && !found; ++k) {
    walk.push_back("UDLR"[k]);
    found = search(i + row_step[k], j + column_step[k], left - 1);
    if (!found) walk.pop_back();
  }
  grid[i][j] = kept;
  return found;
}

int main() {
  std::cin >> r >> c;
  grid.resize(r);
  int si = 0, sj = 0;
  for (int i = 0; i < r; ++i) {
    std::cin >> grid[i];
    for (int j = 0; j < c; ++j)
      if (grid[i][j] == 'S') si = i, sj = j;
  }
  for (int steps = 1; steps < r * c; ++steps) {
    if (search(si, sj, steps)) {
      std::cout << walk << '\n';
      return 0;
    }
  }
  std::cout << "stuck\n";
}
