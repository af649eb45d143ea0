#include <algorithm>
#include <array>

#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

// PHP and Ruby.
namespace eval::judges::swe {
namespace {

// The code point at the beginning; 0 for none or broken UTF-8.
char32_t first_code_point(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<char32_t>(static_cast<unsigned char>(text[i])) : 0;
  };
  const char32_t first = byte(0);
  if (first < 0x80) return first;
  if (first < 0xE0) return ((first & 0x1FU) << 6U) | (byte(1) & 0x3FU);
  if (first < 0xF0) {
    return ((first & 0x0FU) << 12U) | ((byte(1) & 0x3FU) << 6U) | (byte(2) & 0x3FU);
  }
  return ((first & 0x07U) << 18U) | ((byte(1) & 0x3FU) << 12U) | ((byte(2) & 0x3FU) << 6U) |
         (byte(3) & 0x3FU);
}

// Python's \w, but for scripts' punctuation beyond the common blocks: letters, digits, "_".
bool starts_with_word_character(std::string_view text) {
  const char32_t c = first_code_point(text);
  if (c < 0x80) {
    return (c >= U'0' && c <= U'9') || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
           c == U'_';
  }
  constexpr std::array<std::pair<char32_t, char32_t>, 11> kNoWords = {{{0x80, 0xA9},
                                                                       {0xAB, 0xB1},
                                                                       {0xB6, 0xB8},
                                                                       {0xBB, 0xBB},
                                                                       {0xBF, 0xBF},
                                                                       {0xD7, 0xD7},
                                                                       {0xF7, 0xF7},
                                                                       {0x2000, 0x206F},
                                                                       {0x2190, 0x2BFF},
                                                                       {0x3000, 0x3003},
                                                                       {0x1F000, 0x1FAFF}}};
  return std::ranges::none_of(
      kNoWords, [c](const auto& range) { return c >= range.first && c <= range.second; });
}

// "Class (Name\Space\Class)": a headline of --testdox.
std::optional<std::string> phpunit_suite(std::string_view line) {
  if (!line.ends_with(')') || !starts_with_word_character(line)) return std::nullopt;
  std::size_t open = line.rfind(" (");
  if (open != line.npos && open + 3 >= line.size()) {
    open = open == 0 ? line.npos : line.rfind(" (", open - 1);
  }
  if (open == line.npos || characters(line.substr(0, open)) < 2) return std::nullopt;
  return std::string(line.substr(0, open));
}

}  // namespace

// --testdox: " ✔ Sentence of the test" below its class.
Result<TestResults> parse_phpunit(std::string_view log, const LogSource&) {
  constexpr std::array<std::pair<std::string_view, TestStatus>, 3> kMarks = {
      {{"✔", TestStatus::Passed}, {"✘", TestStatus::Failed}, {"↩", TestStatus::Skipped}}};
  TestResults results;
  std::string suite = "None";  // what stands in the official ids before the first headline
  for (const std::string_view line : python_lines(log)) {
    if (auto headline = phpunit_suite(line)) {
      suite = *std::move(headline);
      continue;
    }
    const std::string_view text = line.substr(leading_blanks(line));
    for (const auto& [mark, status] : kMarks) {
      const auto rest = after_prefix(text, mark);
      if (!rest) continue;
      results.set(suite + " > " + std::string(rest->substr(leading_blanks(*rest))), status);
    }
  }
  return results;
}

// "TestClass: test name. = 0.01 s = ."
Result<TestResults> parse_minitest(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const std::size_t outcome = line.find_last_of(".FE");
    if (outcome == line.npos || outcome == 0) continue;
    const std::size_t equals = line.rfind('=', outcome - 1);
    if (equals == line.npos || equals < 3) continue;
    const std::size_t name_end = line.rfind(". ", equals - 2);
    if (name_end == line.npos || name_end == 0) continue;
    results.set(std::string(line.substr(0, name_end)),
                line[outcome] == '.' ? TestStatus::Passed : TestStatus::Failed);
  }
  return results;
}

// --format progress: "features/a.feature ....F"; the last outcome counts.
Result<TestResults> parse_cucumber(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    for (std::size_t space = line.rfind(' '); space != line.npos;
         space = space == 0 ? line.npos : line.rfind(' ', space - 1)) {
      std::size_t end = space + 1;
      while (end < line.size() && line[end] == '.') ++end;
      const std::size_t dots = end - space - 1;
      const bool failed = dots > 0 && end < line.size() && line[end] == 'F';
      if (!failed && dots < 2) continue;
      results.set(std::string(line.substr(0, space)),
                  failed ? TestStatus::Failed : TestStatus::Passed);
      break;
    }
  }
  return results;
}

namespace {

bool is_word_byte(std::string_view text, std::size_t at) {
  return at < text.size() && starts_with_word_character(text.substr(at));
}

// The outcome after a colon: ".", or one of E, F, O as a word.
std::optional<char> ruby_outcome(std::string_view text) {
  const std::size_t blanks = leading_blanks(text);
  if (blanks == 0 || blanks >= text.size()) return std::nullopt;
  const char outcome = text[blanks];
  if (outcome == '.') return outcome;
  if (outcome != 'E' && outcome != 'F' && outcome != 'O') return std::nullopt;
  return is_word_byte(text, blanks + 1) ? std::nullopt : std::optional(outcome);
}

bool add_ruby_line(std::string_view text, TestResults& results) {
  for (std::size_t colon = text.rfind(':'); colon != text.npos && colon > 0;
       colon = text.rfind(':', colon - 1)) {
    const auto outcome = ruby_outcome(text.substr(colon + 1));
    if (!outcome) continue;
    const TestStatus status = *outcome == '.'   ? TestStatus::Passed
                              : *outcome == 'O' ? TestStatus::Skipped
                                                : TestStatus::Failed;
    results.set(std::string(text.substr(0, colon)), status);
    return true;
  }
  return false;
}

}  // namespace

// "test: name:  .: (0.001)"
Result<TestResults> parse_ruby_unit(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const auto rest = after_prefix(line, "test: ");
    if (!rest || !add_ruby_line(*rest, results)) add_ruby_line(line, results);
  }
  return results;
}

// "description - passed": RSpec's JSON, already turned into lines by the test command.
Result<TestResults> parse_rspec(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const std::size_t passed = line.rfind(" - passed");
    const std::size_t failed = line.rfind(" - failed");
    // npos + 1 is 0: the later of the two that are there.
    const std::size_t last = std::max(passed + 1, failed + 1);
    if (last < 2) continue;
    results.set(std::string(line.substr(0, last - 1)),
                last == passed + 1 ? TestStatus::Passed : TestStatus::Failed);
  }
  return results;
}

// Jekyll's instances have two frameworks.
Result<TestResults> parse_jekyll(std::string_view log, const LogSource& source) {
  std::string_view number = source.instance_id;
  number.remove_prefix(std::min(number.size(), number.find('-') + 1));
  number = before_first(number, "-");
  constexpr std::array<std::string_view, 3> kMinitest = {"9141", "8047", "8167"};
  constexpr std::array<std::string_view, 2> kCucumber = {"8761", "8771"};
  if (std::ranges::find(kMinitest, number) != kMinitest.end()) return parse_minitest(log, source);
  if (std::ranges::find(kCucumber, number) != kCucumber.end()) return parse_cucumber(log, source);
  return fail(ErrorCode::BadInput,
              "no framework is known for instance \"" + source.instance_id + "\"");
}

}  // namespace eval::judges::swe
