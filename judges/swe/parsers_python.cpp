#include <array>

#include "base/text.h"
#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

namespace eval::judges::swe {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::array<std::string_view, 5> kStatuses = {"FAILED", "PASSED", "SKIPPED", "ERROR",
                                                       "XFAIL"};

bool starts_with_status(std::string_view line) {
  for (const std::string_view status : kStatuses) {
    if (line.starts_with(status)) return true;
  }
  return false;
}

bool ends_with_status(std::string_view line) {
  for (const std::string_view status : kStatuses) {
    if (line.ends_with(status)) return true;
  }
  return false;
}

// A line is taken by how it begins, so its first word may be "ERROR:" or "FAILEDtests".
TestStatus status_of(std::string_view word) {
  if (word == "PASSED") return TestStatus::Passed;
  if (word == "FAILED") return TestStatus::Failed;
  if (word == "SKIPPED") return TestStatus::Skipped;
  if (word == "ERROR") return TestStatus::Error;
  if (word == "XFAIL") return TestStatus::XFail;
  return TestStatus::Other;
}

// "SKIPPED [3] tests/a.py:12: reason" counts tests and names none. Version 4 took "[3]" for a test.
bool is_skip_summary(const Words& words, Harness harness) {
  if (harness == Harness::V4 || words[0] != "SKIPPED") return false;
  const std::string_view count = words[1];
  return count.size() > 2 && count.front() == '[' && count.back() == ']' &&
         leading_digits(count.substr(1)) == count.size() - 2;
}

// The words of a line of pytest's short summary; empty if it is none. " - " before a failure's
// message is no part of an id, and neither parts one.
Words summary_words(std::string& line, Harness harness) {
  if (!starts_with_status(line)) return {};
  if (line.starts_with("FAILED")) line = replace_all(line, " - ", " ");
  Words words = python_words(line);
  if (words.size() < 2 || is_skip_summary(words, harness)) return {};
  return words;
}

}  // namespace

std::string short_option(std::string_view id) {
  const std::size_t open = id.find('[');
  const std::size_t close = id.rfind(']');
  if (open == id.npos || close == id.npos || close < open) return std::string(id);
  std::string_view option = id.substr(open + 1, close - open - 1);
  std::string shortened(option);
  if (option.starts_with('/') && !option.starts_with("//") && !has(option, "*")) {
    shortened = "/" + std::string(option.substr(option.rfind('/') + 1));
  }
  return std::string(id.substr(0, open)) + "[" + shortened + "]";
}

std::string matplotlib_line(std::string_view line) {
  std::string text = replace_all(std::string(line), "MouseButton.LEFT", "1");
  return replace_all(std::move(text), "MouseButton.RIGHT", "3");
}

Result<TestResults> parse_pytest(std::string_view log, const LogSource& source) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    std::string text(line);
    const Words words = summary_words(text, source.harness);
    if (!words.empty()) results.set(std::string(words[1]), status_of(words[0]));
  }
  return results;
}

Result<TestResults> parse_pytest_options(std::string_view log, const LogSource& source) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    std::string text(line);
    const Words words = summary_words(text, source.harness);
    if (!words.empty()) results.set(short_option(words[1]), status_of(words[0]));
  }
  return results;
}

Result<TestResults> parse_matplotlib(std::string_view log, const LogSource& source) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    std::string text = matplotlib_line(line);
    const Words words = summary_words(text, source.harness);
    if (!words.empty()) results.set(std::string(words[1]), status_of(words[0]));
  }
  return results;
}

namespace {

// Without "[31m" wherever it stands, and then without control characters.
std::string uncoloured(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '[') {
      const std::size_t digits = leading_digits(line.substr(i + 1));
      if (digits > 0 && i + 1 + digits < line.size() && line[i + 1 + digits] == 'm') {
        i += digits + 1;
        continue;
      }
    }
    out += line[i];
  }
  std::erase_if(out, [](char c) { return c >= 1 && c < 32; });
  return out;
}

void add_status_first(std::string line, Harness harness, TestResults& results) {
  if (line.starts_with("FAILED")) {
    line = harness == Harness::V4 ? replace_all(line, " - ", " ")
                                  : std::string(before_first(line, " - "));
  }
  const Words words = python_words(line);
  if (words.size() < 2 || is_skip_summary(words, harness)) return;
  // Version 4 cut ids at their first blank, as many lists of the data set have them.
  const std::string id =
      harness == Harness::V4 ? std::string(words[1]) : join_words(words, 1, words.size());
  results.set(id, status_of(words[0]));
}

void add_status_last(std::string_view line, Harness harness, TestResults& results) {
  const Words words = python_words(line);
  if (words.size() < 2) return;
  if (harness == Harness::V4) {
    results.set(std::string(words[0]), status_of(words[1]));
  } else {
    results.set(join_words(words, 0, words.size() - 1), status_of(words.back()));
  }
}

}  // namespace

Result<TestResults> parse_pytest_v2(std::string_view log, const LogSource& source) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string line = uncoloured(raw);
    if (starts_with_status(line)) {
      add_status_first(line, source.harness, results);
    } else if (ends_with_status(line)) {
      add_status_last(line, source.harness, results);
    }
  }
  return results;
}

Result<TestResults> parse_seaborn(std::string_view log, const LogSource& source) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const bool is_failure = line.starts_with("FAILED");
    const bool is_inside = has(line, " PASSED ");
    if (!is_failure && !is_inside && !line.starts_with("PASSED")) continue;
    const Words words = python_words(line);
    if (words.size() < 2) {
      if (source.harness == Harness::V5) continue;
      return fail(ErrorCode::BadInput, "a line of the log has a status and no test", {},
                  "version 4 of the official harness breaks on it too");
    }
    if (is_failure) {
      results.set(std::string(words[1]), TestStatus::Failed);
    } else if (is_inside) {
      if (words[1] == "PASSED") results.set(std::string(words[0]), TestStatus::Passed);
    } else {
      results.set(std::string(words[1]), TestStatus::Passed);
    }
  }
  return results;
}

namespace {

// "________ sympy/core/tests/test_a.py:test_b ________": a failure's headline, wherever it begins.
std::optional<std::string> sympy_headline(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || last < first + 5) return std::nullopt;
  const std::size_t file_end = line.rfind(".py:", last - 4);
  if (file_end == line.npos || file_end < first + 1) return std::nullopt;
  return std::string(line.substr(first + 1, last - first - 1));
}

}  // namespace

Result<TestResults> parse_sympy(std::string_view log, const LogSource&) {
  TestResults results;
  const auto lines = python_lines(log);
  for (const std::string_view line : lines) {
    if (auto test = sympy_headline(line)) results.set(*std::move(test), TestStatus::Failed);
  }
  for (const std::string_view raw : lines) {
    const std::string_view line = python_strip(raw);
    if (!line.starts_with("test_")) continue;
    const std::string test(python_words(line).front());
    if (line.ends_with(" E")) results.set(test, TestStatus::Error);
    if (line.ends_with(" F")) results.set(test, TestStatus::Failed);
    if (line.ends_with(" ok")) results.set(test, TestStatus::Passed);
  }
  return results;
}

}  // namespace eval::judges::swe
