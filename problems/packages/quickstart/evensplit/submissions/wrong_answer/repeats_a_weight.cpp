// Fills up with one-gram weights, of which there is only one.
#include <iostream>
#include <string>

int main() {
  int n;
  std::cin >> n;
  int total = n * (n + 1) / 2;
  if (total % 2 != 0) {
    std::cout << "impossible\n";
    return 0;
  }
  int half = total / 2, count = 0;
  std::string list;
  for (int weight = n; half > 0;) {
    while (weight > half) weight = 1;
    list += std::to_string(weight) + " ";
    half -= weight;
    ++count;
    if (weight > 1) weight = weight > 3 ? weight - 3 : 1;
  }
  std::cout << count << '\n' << list << '\n';
}
