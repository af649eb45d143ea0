#include "problems/livecodebench_members.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace eval::problems {

bool is_livecodebench_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t at, std::size_t count) {
    const std::string_view digits = text.substr(at, count);
    const bool is_plain = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
    return is_plain ? static_cast<int>(parse_integer(digits).value_or(0)) : 0;
  };
  return number(0, 4) > 0 &&
         std::chrono::year_month_day(std::chrono::year(number(0, 4)),
                                     std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                     std::chrono::day(static_cast<unsigned>(number(8, 2))))
             .ok();
}

std::string LiveCodeBenchMembers::text(std::string_view key) {
  const Json* member = find_member(row_, key);
  if (member != nullptr && member->is_string()) return member->get<std::string>();
  fault(fmt::format("\"{}\" should be a text", key));
  return {};
}

std::string LiveCodeBenchMembers::optional_text(std::string_view key) {
  return find_member(row_, key) == nullptr ? std::string() : text(key);
}

std::string LiveCodeBenchMembers::one_of(std::string_view key, const std::set<std::string>& known) {
  std::string value = text(key);
  if (!value.empty() && !known.contains(value)) {
    fault(fmt::format("\"{}\" is \"{}\", which is not known", key, shorten(value, 40)));
  }
  return value;
}

std::string LiveCodeBenchMembers::id(std::string_view key) {
  const Json* member = find_member(row_, key);
  if (member == nullptr) return {};
  if (member->is_number_integer()) return std::to_string(member->get<std::int64_t>());
  return text(key);
}

std::string LiveCodeBenchMembers::optional_day(std::string_view key) {
  std::string date = optional_text(key).substr(0, 10);
  if (!date.empty() && !is_livecodebench_day(date)) {
    fault(fmt::format("\"{}\" is \"{}\", not a date", key, shorten(date, 40)));
  }
  return date;
}

void LiveCodeBenchMembers::fault(std::string what) {
  faults_.push_back({ErrorCode::BadInput, std::move(what), where_, {}, 0, {}});
}

Result<void> LiveCodeBenchMembers::end() {
  if (!faults_.empty()) return fail(combine(std::move(faults_)));
  return {};
}

}  // namespace eval::problems
