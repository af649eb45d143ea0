// Tries: to keep the compiler busy for ever with templates that branch at every step.
// Must stop it: the time and memory limits of the compiler's box.
template <int depth, long path>
struct Tree {
  static constexpr long value =
      Tree<depth - 1, path * 2>::value + Tree<depth - 1, path * 2 + 1>::value;
};
template <long path>
struct Tree<0, path> {
  static constexpr long value = path % 7;
};

int main() {
  return static_cast<int>(Tree<40, 1>::value % 2);
}
