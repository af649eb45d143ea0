#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace eval::problems {

// True of a day of the calendar, written "2024-09-01".
bool is_livecodebench_day(std::string_view text);

// Members of one row of a LiveCodeBench data set. What is wrong with them is collected, and a value is
// empty then. `row` must outlive it; `where` is part of every fault.
class LiveCodeBenchMembers {
 public:
  LiveCodeBenchMembers(const Json& row, std::string_view where) : row_(row), where_(where) {}

  std::string text(std::string_view key);
  std::string optional_text(std::string_view key);
  std::string one_of(std::string_view key, const std::set<std::string>& known);
  // A text or a whole number, as ids are written; "" where the row does not say.
  std::string id(std::string_view key);
  // The day of a date and time; "" where the row does not say.
  std::string optional_day(std::string_view key);

  void fault(std::string what);
  // BadInput with all faults, if there are any.
  Result<void> end();

 private:
  const Json& row_;
  std::string where_;
  std::vector<Error> faults_;
};

}  // namespace eval::problems
