#include <iostream>
#include <vector>

int main() {
  int n;
  std::cin >> n;
  int total = n * (n + 1) / 2;
  if (total % 2 != 0) {
    std::cout << "impossible\n";
    return 0;
  }
  // What is missing after taking n, n-1, ..., w is below w or is itself an unused weight.
  std::vector<int> chosen;
  int missing = total / 2;
  for (int weight = n; weight >= 1; --weight) {
    if (weight <= missing) {
      chosen.push_back(weight);
      missing -= weight;
    }
  }
  std::cout << chosen.size() << '\n';
  for (int weight : chosen) std::cout << weight << ' ';
  std::cout << '\n';
}
