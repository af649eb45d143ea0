// Tries: to use up memory with constants of gigabytes.
// Must stop it: the memory limit of the compiler's box.
#include <array>

constexpr auto make() {
  std::array<unsigned long, 1UL << 27> table{};
  for (unsigned long i = 0; i < table.size(); i += 4096) table[i] = i;
  return table;
}

constexpr auto table = make();

int main(int count, char**) {
  return static_cast<int>(table[static_cast<unsigned long>(count)]);
}
