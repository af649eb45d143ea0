#include "base/bytes.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <limits>

#include "base/text.h"

namespace eval {

std::string to_string(Bytes size) {
  constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(size.count);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  std::string number = unit == 0 ? fmt::format("{}", size.count) : fmt::format("{:.1f}", value);
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return fmt::format("{} {}", number, kUnits[unit]);
}

Result<Bytes> parse_bytes(std::string_view text) {
  const std::string_view whole = trim(text);
  std::size_t digits = 0;
  while (digits < whole.size() && std::isdigit(static_cast<unsigned char>(whole[digits])) != 0) {
    ++digits;
  }
  const auto number = parse_integer(whole.substr(0, digits));
  const std::string unit = to_lower(trim(whole.substr(digits)));
  std::optional<int> shift;
  if (unit.empty() || unit == "b") shift = 0;
  if (unit == "k" || unit == "kb" || unit == "kib") shift = 10;
  if (unit == "m" || unit == "mb" || unit == "mib") shift = 20;
  if (unit == "g" || unit == "gb" || unit == "gib") shift = 30;
  const bool fits = number && shift && *number <= (std::numeric_limits<long long>::max() >> *shift);
  if (!fits) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a size", text), {},
                "write a whole number with an optional unit: 1048576, 512K, 256M, 2G");
  }
  return Bytes{static_cast<std::uint64_t>(*number) << *shift};
}

}  // namespace eval
