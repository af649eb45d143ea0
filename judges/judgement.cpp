#include "judges/judgement.h"

#include <fmt/format.h>

#include <algorithm>

namespace eval::judges {

std::string_view stability_name(Stability stability) {
  switch (stability) {
    case Stability::Clear:
      return "clear";
    case Stability::NearLimit:
      return "near limit";
    case Stability::ReRun:
      return "re-run";
  }
  return "";
}

std::optional<Stability> stability_from_name(std::string_view name) {
  for (const Stability stability : {Stability::Clear, Stability::NearLimit, Stability::ReRun}) {
    if (stability_name(stability) == name) return stability;
  }
  return std::nullopt;
}

std::string stability_text(const TestResult& test, std::chrono::milliseconds time_limit) {
  std::string text(stability_name(test.stability));
  if (test.stability != Stability::ReRun || test.cpu_times.empty()) return text;
  // The first of the times is the run that made the others necessary.
  const auto in_time = std::count_if(test.cpu_times.begin() + 1, test.cpu_times.end(),
                                     [&](auto time) { return time <= time_limit; });
  return fmt::format("{} {}/{}", text, in_time, test.cpu_times.size() - 1);
}

Stability stability_of(const Judgement& judgement) {
  Stability least = Stability::Clear;
  for (const TestResult& test : judgement.tests) least = std::max(least, test.stability);
  return least;
}

}  // namespace eval::judges
