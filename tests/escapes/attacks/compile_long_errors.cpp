// Tries: to fill the judge's log and memory with megabytes of error messages.
// Must stop it: the output limits of the compiler's box; logs are kept short.
#include <map>
#include <string>
#include <vector>

using Long = std::map<std::string, std::vector<std::map<std::string, std::vector<std::string>>>>;
template <int n>
struct Fail : Fail<n - 1> {
  Long a = n;
  decltype(Long{} < n) b;
};
template <>
struct Fail<0> {};

int main() {
  Fail<800> all;
  return all;
}
