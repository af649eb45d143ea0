#include <cstdio>
#include <iostream>
#include <string>

void print_line(int w, const std::string& name, long long cents) {
  char price[32];
  std::snprintf(price, sizeof price, "%lld.%02lld", cents / 100, cents % 100);
  std::printf("%s%*s\n", name.c_str(), w - static_cast<int>(name.size()), price);
}

int main() {
  int w, n;
  std::cin >> w >> n;
  long long total = 0;
  for (int i = 0; i < n; ++i) {
    std::string name;
    long long cents;
    std::cin >> name >> cents;
    total += cents;
    print_line(w, name, cents);
  }
  std::puts(std::string(w, '-').c_str());
  print_line(w, "TOTAL", total);
}
