#include <iostream>
#include <iterator>
#include <regex>
#include <sstream>
#include <string>

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const std::regex shape("(0|[1-9][0-9]{0,18})( (0|[1-9][0-9]{0,18})){5}\n");
  if (!std::regex_match(text, shape)) {
    std::cerr << "expected one line with six integers\n";
    return 43;
  }
  std::istringstream in(text);
  long long x0, x1, a, b, m, n;
  in >> x0 >> x1 >> a >> b >> m >> n;
  const bool in_range = m >= 1 && m <= 1'000'000'000 && x0 < m && x1 < m && a < m && b < m &&
                        n <= 1'000'000'000'000'000'000;
  if (!in_range) std::cerr << "a number is out of range\n";
  return in_range ? 42 : 43;
}
