#include <array>
#include <utility>

#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

// JavaScript's frameworks on a terminal.
namespace eval::judges::swe {
namespace {

using Mark = std::pair<std::string_view, TestStatus>;

// The status of a line that begins with one of `marks` and a blank, and what follows.
template <std::size_t size>
std::optional<std::pair<TestStatus, std::string_view>> marked_line(
    std::string_view line, const std::array<Mark, size>& marks) {
  for (const auto& [mark, status] : marks) {
    const auto rest = after_prefix(line, mark);
    if (!rest) continue;
    const std::size_t blank = blank_at(*rest, 0);
    if (blank > 0 && rest->size() > blank) return std::pair(status, rest->substr(blank));
  }
  return std::nullopt;
}

// "12 ms)" or "12ms)" or "1s)", all of `text`; `close` is what ends it.
bool is_duration(std::string_view text, bool needs_seconds, std::string_view close) {
  const std::size_t digits = leading_digits(text);
  if (digits == 0) return false;
  text.remove_prefix(digits);
  text.remove_prefix(leading_blanks(text));
  if (text.starts_with('m')) text.remove_prefix(1);
  const bool has_seconds = text.starts_with('s');
  if (has_seconds) text.remove_prefix(1);
  return text == close && (has_seconds || !needs_seconds);
}

// The shortest name that a blank and a duration follow up to the end; all of `text` if none does.
// `is_end` looks at what comes after the blank.
template <class IsEnd>
std::string_view shortest_name(std::string_view text, IsEnd is_end) {
  for (std::size_t at = 1; at < text.size(); ++at) {
    const std::size_t blank = blank_at(text, at);
    if (blank > 0 && is_end(text.substr(at + blank))) return text.substr(0, at);
  }
  return text;
}

}  // namespace

// --verbose: "✓ name (12 ms)"
Result<TestResults> parse_jest(std::string_view log, const LogSource& source) {
  constexpr std::array<Mark, 3> kMarks = {
      {{"✓", TestStatus::Passed}, {"✕", TestStatus::Failed}, {"○", TestStatus::Skipped}}};
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const auto found = marked_line(python_strip(line), kMarks);
    if (!found) continue;
    std::string_view name = shortest_name(found->second, [](std::string_view end) {
      return end.starts_with('(') && is_duration(end.substr(1), true, ")");
    });
    if (source.harness == Harness::V5) name = python_strip(name);
    results.set(std::string(name), found->first);
  }
  return results;
}

// "[PASSED] describe > name": Jest's JSON, already turned into lines by the test command.
Result<TestResults> parse_jest_json(std::string_view log, const LogSource&) {
  constexpr std::array<Mark, 2> kMarks = {
      {{"[PASSED]", TestStatus::Passed}, {"[FAILED]", TestStatus::Failed}}};
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const auto found = marked_line(python_strip(line), kMarks);
    if (found) results.set(std::string(found->second), found->first);
  }
  return results;
}

// --reporter=verbose: "✓ file > name 12ms", "↓ name [skipped]"
Result<TestResults> parse_vitest(std::string_view log, const LogSource&) {
  constexpr std::array<Mark, 3> kMarks = {
      {{"✓", TestStatus::Passed}, {"×", TestStatus::Failed}, {"↓", TestStatus::Skipped}}};
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const auto found = marked_line(python_strip(line), kMarks);
    if (!found) continue;
    const std::string_view name = shortest_name(found->second, [](std::string_view end) {
      return end == "[skipped]" || is_duration(end, false, "");
    });
    results.set(std::string(name), found->first);
  }
  return results;
}

// "ok 12 name"
Result<TestResults> parse_tap(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const auto passed = after_prefix(line, "ok ");
    const auto rest = passed ? passed : after_prefix(line, "not ok ");
    if (!rest) continue;
    const std::size_t digits = leading_digits(*rest);
    if (digits == 0 || rest->size() < digits + 2 || (*rest)[digits] != ' ') continue;
    results.set(std::string(rest->substr(digits + 1)),
                passed ? TestStatus::Passed : TestStatus::Failed);
  }
  return results;
}

namespace {

// "1.23ms)" | "1.2 s)" | "4s)" at the end of what follows "(" in Jest's lines on files.
bool ends_file_time(std::string_view text, std::string_view unit, bool spaced) {
  std::size_t at = 0;
  while (at < text.size() && (is_digit(text[at]) || text[at] == '.')) ++at;
  if (at == 0) return false;
  if (spaced) {
    const std::size_t blank = blank_at(text, at);
    if (blank == 0) return false;
    at += blank;
  }
  return text.substr(at).starts_with(unit);
}

// What is before the last " (TIME UNIT)"; nullopt if there is none.
std::optional<std::string_view> before_file_time(std::string_view text, std::string_view unit,
                                                 bool spaced) {
  for (std::size_t open = text.rfind('('); open != text.npos && open > 0;
       open = text.rfind('(', open - 1)) {
    const std::size_t blank = blank_before(text, open);
    if (blank > 0 && ends_file_time(text.substr(open + 1), unit, spaced)) {
      return text.substr(0, open - blank);
    }
  }
  return std::nullopt;
}

}  // namespace

// Jest without --verbose: "PASS file (1.23 s)"; a test is a file.
Result<TestResults> parse_jest_files(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const bool passed = line.starts_with("PASS");
    if (!passed && !line.starts_with("FAIL")) continue;
    const std::size_t blank = blank_at(line, 4);
    if (blank == 0) continue;
    const std::string_view rest = line.substr(4 + blank);
    auto name = before_file_time(rest, "ms)", false);
    if (!name) name = before_file_time(rest, "s)", true);
    if (!name) name = before_file_time(rest, "s)", false);
    results.set(std::string(name.value_or(rest)), passed ? TestStatus::Passed : TestStatus::Failed);
  }
  return results;
}

namespace {

// "file (1.2 s)" -> "file"; a time has to end the text.
std::string_view grommet_name(std::string_view text) {
  const std::size_t open = text.rfind('(');
  if (open == text.npos || !text.ends_with("s)")) return text;
  const std::size_t blank = blank_before(text, open);
  if (blank == 0) return text;
  std::string_view time = text.substr(open + 1);
  std::size_t at = 0;
  while (at < time.size() && (is_digit(time[at]) || time[at] == '.')) ++at;
  if (at == 0) return text;
  at += blank_at(time, at);
  const std::string_view unit = time.substr(at);
  return unit == "ms)" || unit == "s)" ? text.substr(0, open - blank) : text;
}

void add_grommet(const std::vector<std::string_view>& lines, std::string_view word,
                 TestStatus status, TestResults& results) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto rest = after_prefix(lines[i], word);
    if (!rest) continue;
    if (const std::size_t blank = blank_at(*rest, 0)) {
      results.set(std::string(grommet_name(python_strip(rest->substr(blank)))), status);
    } else if (rest->empty() && i + 1 < lines.size()) {
      // The blank after the word may be the line's end: the name is the next line.
      results.set(std::string(grommet_name(python_strip(lines[++i]))), status);
    }
  }
}

}  // namespace

Result<TestResults> parse_grommet(std::string_view log, const LogSource&) {
  TestResults results;
  const auto lines = python_lines(log);
  add_grommet(lines, "FAIL", TestStatus::Failed, results);
  add_grommet(lines, "PASS", TestStatus::Passed, results);
  return results;
}

namespace {

// Where Mocha's summary begins: a line "  12 passing".
std::string_view before_mocha_summary(std::string_view log) {
  std::size_t newline = 0;
  while ((newline = log.find('\n', newline)) != log.npos) {
    std::size_t at = newline + 1;
    while (at < log.size() && (log[at] == ' ' || log[at] == '\t')) ++at;
    const std::size_t digits = leading_digits(log.substr(at));
    if (digits > 0 && log.substr(at + digits).starts_with(" passing")) {
      return log.substr(0, newline);
    }
    ++newline;
  }
  return log;
}

// Without "(12ms)" wherever it stands.
std::string without_mocha_times(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '(') {
      const std::size_t digits = leading_digits(name.substr(i + 1));
      if (digits > 0 && name.substr(i + 1 + digits).starts_with("ms)")) {
        i += digits + 3;
        continue;
      }
    }
    out += name[i];
  }
  return std::string(python_strip(out));
}

}  // namespace

// Mocha's spec reporter: "    ✓ name (12ms)" and "    1) name" below the line of their suite. Of
// nested suites the innermost alone is in the official ids.
Result<TestResults> parse_mocha(std::string_view log, const LogSource&) {
  TestResults results;
  std::string suite;
  const auto add = [&](std::string_view name, TestStatus status) {
    results.set(suite + without_mocha_times(name), status);
  };
  for (const std::string_view line : python_lines(before_mocha_summary(log))) {
    const std::string_view text = python_strip(line);
    const std::size_t digits = leading_digits(text);
    if (text.starts_with("✓") || text.starts_with("✔")) {
      const std::string_view mark = text.substr(0, std::string_view("✓").size());
      add(line.substr(line.find(mark) + mark.size()), TestStatus::Passed);
    } else if (digits > 0 && text.substr(digits).starts_with(')')) {
      add(line.substr(line.find(')') + 1), TestStatus::Failed);
    } else if (line.starts_with("  ")) {
      suite = std::string(text) + ".";
    }
  }
  return results;
}

// immutable.js has two instances, each with a reporter of its own.
Result<TestResults> parse_immutable(std::string_view log, const LogSource& source) {
  const std::string_view id = source.instance_id;
  const std::string_view number = id.substr(id.rfind('-') + 1);
  if (number == "2006") return parse_jest(log, source);
  if (number == "2005") return parse_jest_json(log, source);
  return fail(ErrorCode::BadInput,
              "no reporter is known for instance \"" + source.instance_id + "\"");
}

}  // namespace eval::judges::swe
