// Tries: to keep the compiler busy for ever by evaluating constants.
// Must stop it: the time limit of the compiler's box, if the compiler's own count does not.
constexpr unsigned long spin(int depth) {
  unsigned long sum = 0;
  for (int i = 0; i < 200000; ++i) sum = sum * 31 + static_cast<unsigned long>(i);
  return depth == 0 ? sum : sum + spin(depth - 1) + spin(depth - 1);
}

constexpr unsigned long a = spin(30);
constexpr unsigned long b = spin(29);

int main() {
  return static_cast<int>((a + b) % 2);
}
