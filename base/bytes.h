#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace eval {

// A size in bytes. Binary units throughout: one MiB is 1,048,576 bytes, as judging systems count.
struct Bytes {
  std::uint64_t count = 0;

  static constexpr Bytes kib(std::uint64_t n) { return Bytes{n << 10}; }
  static constexpr Bytes mib(std::uint64_t n) { return Bytes{n << 20}; }
  static constexpr Bytes gib(std::uint64_t n) { return Bytes{n << 30}; }

  friend constexpr auto operator<=>(Bytes, Bytes) = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes{a.count + b.count}; }
};

// "512 B", "1.5 MiB", "2 GiB": at most one decimal.
std::string to_string(Bytes size);

// Accepts "1048576", "512K", "256 MiB", "2g" (binary units); anything else is BadInput.
Result<Bytes> parse_bytes(std::string_view text);

}  // namespace eval
