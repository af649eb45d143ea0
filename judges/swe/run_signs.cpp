#include "judges/swe/run_signs.h"

#include <algorithm>
#include <array>

#include "judges/swe/python_text.h"

namespace eval::judges::swe {
namespace {

// A number that is not 0 at the beginning: its length; 0 if there is none.
std::size_t leading_count(std::string_view text) {
  return text.empty() || text.front() == '0' ? 0 : leading_digits(text);
}

// "Tests: 12": a count that is not 0 after `label`, with blanks between where they have to be.
bool has_count_after(std::string_view line, std::string_view label, bool blanks_between) {
  for (std::size_t at = line.find(label); at != line.npos; at = line.find(label, at + 1)) {
    std::string_view rest = line.substr(at + label.size());
    if (blanks_between) {
      const std::size_t blanks = leading_blanks(rest);
      if (blanks == 0) continue;
      rest.remove_prefix(blanks);
    }
    if (leading_count(rest) > 0) return true;
  }
  return false;
}

// "12 passing" anywhere: a number with a digit that is not 0 before `label`.
bool has_count_before(std::string_view line, std::string_view label) {
  for (std::size_t at = line.find(label); at != line.npos; at = line.find(label, at + 1)) {
    std::size_t start = at;
    while (start > 0 && is_digit(line[start - 1])) --start;
    const std::string_view number = line.substr(start, at - start);
    if (number.find_first_not_of('0') != number.npos) return true;
  }
  return false;
}

// Karma: "Executed 3 of 5", "TOTAL: 3 SUCCESS".
bool shows_karma(std::string_view line) {
  for (std::size_t at = line.find("Executed "); at != line.npos;
       at = line.find("Executed ", at + 1)) {
    std::string_view rest = line.substr(at + 9);
    const std::size_t digits = leading_count(rest);
    const auto total = after_prefix(rest.substr(digits), " of ");
    if (digits > 0 && total && leading_digits(*total) > 0) return true;
  }
  for (std::size_t at = line.find("TOTAL: "); at != line.npos; at = line.find("TOTAL: ", at + 1)) {
    std::string_view rest = line.substr(at + 7);
    const std::size_t digits = leading_count(rest);
    rest.remove_prefix(digits);
    if (digits > 0 && (rest.starts_with(" SUCCESS") || rest.starts_with(" FAILED"))) return true;
  }
  return false;
}

// Jest: "Test Suites: 1 failed, 3 passed, 4 total" with a total that is not 0.
bool shows_jest_suites(std::string_view line) {
  constexpr std::string_view kLabel = "Test Suites:";
  const std::size_t at = line.find(kLabel);
  if (at == line.npos) return false;
  std::string_view rest = line.substr(at + kLabel.size());
  if (leading_blanks(rest) == 0) return false;
  rest.remove_prefix(leading_blanks(rest));
  while (true) {
    const std::size_t digits = leading_digits(rest);
    if (digits == 0) return false;
    if (leading_count(rest) > 0 && rest.substr(digits).starts_with(" total")) return true;
    const std::size_t comma = rest.find(", ");
    if (comma == rest.npos) return false;
    const std::string_view word = rest.substr(digits, comma - digits);  // " passed"
    if (word.size() < 2 || word[0] != ' ' || has(word.substr(1), " ")) return false;
    rest.remove_prefix(comma + 2);
  }
}

// Jasmine: "5 specs, 0 failures".
bool shows_jasmine(std::string_view line) {
  for (const std::string_view label : {" spec, ", " specs, "}) {
    const std::size_t at = line.find(label);
    if (at == line.npos || !has_count_before(line, label)) continue;
    const std::string_view rest = line.substr(at + label.size());
    const std::size_t digits = leading_digits(rest);
    if (digits > 0 && rest.substr(digits).starts_with(" failure")) return true;
  }
  return false;
}

bool shows_a_run_in_line(std::string_view line) {
  return shows_karma(line) || has_count_before(line, " passing") ||
         has_count_after(line, "Tests:", true) || shows_jest_suites(line) ||
         (line.starts_with("# tests ") && has_count_after(line, "# tests ", false)) ||
         shows_jasmine(line) || line.ends_with("': ok");
}

struct Signature {
  std::string_view text;
  FailureSign sign;
  bool is_whole_line = false;
};

// In the order in which they are looked for.
constexpr std::array<Signature, 17> kSignatures = {{
    {"Failed to launch", {"browser_launch_failed", true}},
    {"Failed to connect to the bus", {"browser_launch_failed", true}},
    {"cannot open display", {"display_unavailable", true}},
    {"Missing X server", {"display_unavailable", true}},
    {"unable to open X display", {"display_unavailable", true}},
    {"Cannot allocate memory", {"out_of_memory", true}},
    {"OutOfMemoryError", {"out_of_memory", true}},
    {"Killed", {"out_of_memory", true}, true},
    {"Error response from daemon", {"container_unavailable", true}},
    {"Cannot connect to the Docker daemon", {"container_unavailable", true}},
    {"Could not resolve host", {"network_unreachable", true}},
    {"Temporary failure in name resolution", {"network_unreachable", true}},
    {"Cannot find module", {"missing_module", false}},
    {"MODULE_NOT_FOUND", {"missing_module", false}},
    {"ModuleNotFoundError", {"missing_module", false}},
    {"no tests ran", {"no_tests_collected", false}},
    {"collected 0 items", {"no_tests_collected", false}},
}};

bool has_signature(std::string_view log, const Signature& signature) {
  if (!signature.is_whole_line) return has(log, signature.text);
  const auto lines = python_lines(log);
  return std::ranges::find(lines, signature.text) != lines.end();
}

}  // namespace

bool shows_a_run(std::string_view log) {
  return std::ranges::any_of(python_lines(log), shows_a_run_in_line);
}

bool says_timeout(std::string_view log) {
  constexpr std::string_view kLabel = "Timeout error: ";
  for (std::size_t at = log.find(kLabel); at != log.npos; at = log.find(kLabel, at + 1)) {
    const std::string_view rest = log.substr(at + kLabel.size());
    const std::size_t digits = leading_digits(rest);
    if (digits > 0 && rest.substr(digits).starts_with(" seconds exceeded")) return true;
  }
  return false;
}

std::optional<FailureSign> failure_sign(std::string_view log) {
  for (const Signature& signature : kSignatures) {
    if (has_signature(log, signature)) return signature.sign;
  }
  if (says_timeout(log)) return FailureSign{"tests_timed_out", false};
  return std::nullopt;
}

}  // namespace eval::judges::swe
