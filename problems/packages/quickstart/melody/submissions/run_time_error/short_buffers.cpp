// Refuses more than 4000 notes.
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

int main() {
  std::string s, t;
  std::cin >> s >> t;
  if (s.size() > 4000 || t.size() > 4000) throw std::length_error("melody is too long");
  std::vector<int> row(t.size() + 1, 0);
  for (char note : s) {
    int diagonal = 0;
    for (std::size_t j = 1; j <= t.size(); ++j) {
      const int above = row[j];
      row[j] = note == t[j - 1] ? diagonal + 1 : (above > row[j - 1] ? above : row[j - 1]);
      diagonal = above;
    }
  }
  std::cout << row.back() << '\n';
}
