#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "problems/package_files.h"
#include "problems/package_yaml.h"

// Limits of a package. Defaults are those of the formats ("typical system default").
namespace eval::problems {
namespace {

// Seconds as written by people: more digits than a millisecond mean nothing to a clock.
std::chrono::milliseconds seconds(double value) {
  return std::chrono::milliseconds(std::llround(std::min(value, 1e6) * 1000));
}

Bytes units(double value, std::uint64_t unit) {
  constexpr double kLargest = 1e15;  // beyond any machine; keeps the conversion defined
  return Bytes{static_cast<std::uint64_t>(std::min(value, kLargest / static_cast<double>(unit)) *
                                          static_cast<double>(unit))};
}

void read_sizes(MapReader& reader, ProgramLimits& limits) {
  constexpr std::uint64_t kKib = 1U << 10;
  constexpr std::uint64_t kMib = 1U << 20;
  if (const auto value = reader.positive("memory")) limits.memory = units(*value, kMib);
  if (const auto value = reader.positive("output")) limits.output = units(*value, kMib);
  if (const auto value = reader.positive("code")) limits.code = units(*value, kKib);
  if (const auto value = reader.positive("compilation_time")) limits.compile_time = seconds(*value);
  if (const auto value = reader.positive("compilation_memory"))
    limits.compile_memory = units(*value, kMib);
  if (const auto value = reader.positive("validation_time"))
    limits.validation_time = seconds(*value);
  if (const auto value = reader.positive("validation_memory"))
    limits.validation_memory = units(*value, kMib);
  if (const auto value = reader.positive("validation_output"))
    limits.validation_output = units(*value, kMib);
}

void read_multipliers(MapReader& reader, Dialect dialect, ProgramLimits& limits) {
  if (dialect == Dialect::Legacy) {
    limits.accepted_multiplier = reader.positive("time_multiplier").value_or(5);
    limits.time_limit_to_tle_multiplier = reader.positive("time_safety_margin").value_or(2);
    return;
  }
  limits.accepted_multiplier = 2;
  limits.time_limit_to_tle_multiplier = 1.5;
  if (const Json* map = reader.member("time_multipliers")) {
    MapReader multipliers(*map, reader.where() + ": time_multipliers", reader.findings());
    limits.accepted_multiplier = multipliers.positive("ac_to_time_limit").value_or(2);
    limits.time_limit_to_tle_multiplier = multipliers.positive("time_limit_to_tle").value_or(1.5);
    multipliers.report_unknown_keys();
  }
  // The drafts took legacy names over; packages that kept them mean what they say.
  if (const auto value = reader.positive("time_multiplier")) limits.accepted_multiplier = *value;
  if (const auto value = reader.positive("time_safety_margin"))
    limits.time_limit_to_tle_multiplier = *value;
}

// Our own addition to the format, for contests that grant slow languages more time.
void read_language_factors(MapReader& reader, ProgramLimits& limits) {
  const Json* map = reader.member("language_time_factors");
  if (map == nullptr) return;
  MapReader factors(*map, reader.where() + ": language_time_factors", reader.findings());
  for (const std::string& language : factors.keys()) {
    if (const auto factor = factors.positive(language))
      limits.language_time_factors[language] = *factor;
  }
}

std::optional<std::chrono::milliseconds> time_limit_of_text(std::string_view text,
                                                            const fs::path& path,
                                                            Findings& findings) {
  const auto value = parse_double(trim(text));
  if (value && *value > 0) return seconds(*value);
  findings.fault("bad-value",
                 fmt::format("the time limit should be a number of seconds, but is \"{}\"",
                             shorten(trim(text), 40)),
                 path.string());
  return std::nullopt;
}

// DOMjudge and older BAPCtools state the time limit outside problem.yaml.
std::optional<std::chrono::milliseconds> time_limit_of_files(const fs::path& package,
                                                             Findings& findings) {
  if (const auto value = domjudge_setting(package, "timelimit", findings)) {
    return time_limit_of_text(*value, package / "domjudge-problem.ini", findings);
  }
  const fs::path file = package / ".timelimit";
  if (!is_file(file)) return std::nullopt;
  const auto text = read_package_text(file, findings);
  return text ? time_limit_of_text(*text, file, findings) : std::nullopt;
}

}  // namespace

std::optional<std::string> domjudge_setting(const fs::path& package, std::string_view key,
                                            Findings& findings) {
  const fs::path file = package / "domjudge-problem.ini";
  if (!is_file(file)) return std::nullopt;
  const auto text = read_package_text(file, findings);
  if (!text) return std::nullopt;
  for (const std::string_view line : split_lines(*text)) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || trim(line.substr(0, equals)) != key) continue;
    std::string_view value = trim(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return std::nullopt;
}

void read_limits(const fs::path& package, MapReader& problem_yaml, PackageInfo& info) {
  const Json none;
  const Json* map = problem_yaml.member("limits");
  MapReader reader(map == nullptr ? none : *map, problem_yaml.where() + ": limits",
                   problem_yaml.findings());
  ProgramLimits& limits = info.limits;
  read_sizes(reader, limits);
  read_multipliers(reader, info.dialect, limits);
  read_language_factors(reader, limits);
  if (const auto value = reader.positive("time_resolution")) limits.resolution = seconds(*value);
  if (limits.resolution.count() == 0) limits.resolution = std::chrono::milliseconds(1);
  constexpr double kPassesMax = 1000;  // more rounds than any problem has; keeps the int in range
  if (const auto value = reader.positive("validation_passes"))
    info.passes_max = static_cast<int>(std::min(*value, kPassesMax));
  if (const auto value = reader.positive("time_limit")) limits.cpu_time = seconds(*value);
  if (!limits.cpu_time) limits.cpu_time = time_limit_of_files(package, reader.findings());
  reader.report_unknown_keys();
}

}  // namespace eval::problems
