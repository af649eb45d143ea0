// Writes to every page, so that the memory is really used.
#include <cstddef>
#include <vector>

int main() {
  std::vector<std::vector<char>> blocks;
  std::size_t sum = 0;
  for (int i = 0; i < 512; ++i) {
    blocks.emplace_back(std::size_t{1} << 20, static_cast<char>(i));
    sum += static_cast<std::size_t>(blocks.back()[i]);
  }
  return static_cast<int>(sum % 2) * 0;
}
