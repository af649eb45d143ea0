#include <algorithm>

#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

// Suites that run in a browser, and reporters that print failures only.
namespace eval::judges::swe {
namespace {

constexpr std::string_view kKarmaPass = "✔";
constexpr std::string_view kKarmaFail = "✖";

// A line of Karma's report: blanks, perhaps a mark, a blank, a name.
struct KarmaLine {
  std::string_view indent;
  std::optional<TestStatus> status;
  std::string_view name;
};

std::optional<KarmaLine> karma_line(std::string_view line) {
  const std::size_t blanks = leading_blanks(line);
  const std::string_view text = line.substr(blanks);
  for (const std::string_view mark : {kKarmaPass, kKarmaFail}) {
    const auto rest = after_prefix(text, mark);
    const std::size_t blank = rest ? blank_at(*rest, 0) : 0;
    if (blank == 0) continue;
    const bool passed = mark == kKarmaPass;
    return KarmaLine{line.substr(0, blanks), passed ? TestStatus::Passed : TestStatus::Failed,
                     rest->substr(blank)};
  }
  // Without a mark the last of the blanks is the one before the name.
  const std::size_t blank = blank_before(line, blanks);
  if (blank == 0) return std::nullopt;
  return KarmaLine{line.substr(0, blanks - blank), std::nullopt, text};
}

std::string karma_name(const std::vector<std::string>& suites, std::string_view name) {
  std::string out;
  for (const std::string& suite : suites) out += suite + " > ";
  return out + std::string(name);
}

}  // namespace

// Tests below their suites, by indentation; a suite that follows a deeper one is not taken up, as it
// is officially.
Result<TestResults> parse_karma(std::string_view log, const LogSource&) {
  TestResults results;
  std::vector<std::string> suites;
  std::ptrdiff_t indent = -1;
  bool started = false;
  for (const std::string_view line : python_lines(log)) {
    if (line.starts_with("SUMMARY:")) return results;
    if (has(line, "Starting browser")) {
      started = true;
      continue;
    }
    if (!started) continue;
    const auto found = karma_line(line);
    if (!found) continue;
    if (found->status) {
      results.set(karma_name(suites, found->name), *found->status);
      continue;
    }
    if (found->indent.empty()) continue;
    const auto depth = static_cast<std::ptrdiff_t>(characters(found->indent));
    if (depth > indent) {
      suites.emplace_back(found->name);
    } else if (depth < indent) {
      if (suites.empty()) {
        return fail(ErrorCode::BadInput, "the suites of the log do not nest", {},
                    "the official harness breaks on it too");
      }
      suites.pop_back();
    }
    indent = depth;
  }
  return results;
}

namespace {

// "Chrome 120.0 (Linux x86_64) suite name FAILED": the name with the blank after it.
std::optional<std::string> chart_failure(std::string_view line) {
  constexpr std::string_view kBrowser = "Chrome";
  constexpr std::string_view kEnd = "FAILED";
  if (!line.ends_with(kEnd)) return std::nullopt;
  const std::size_t end = line.size() - kEnd.size();
  for (std::size_t at = line.find(kBrowser); at != line.npos; at = line.find(kBrowser, at + 1)) {
    std::size_t next = at + kBrowser.size();
    if (const std::size_t blank = blank_at(line, next))
      next += blank;
    else
      continue;
    const std::size_t version = next;
    while (next < line.size() && (is_digit(line[next]) || line[next] == '.')) ++next;
    const std::size_t blank = blank_at(line, next);
    next += blank;
    if (next == version + blank || blank == 0 || next >= line.size() || line[next] != '(') continue;
    // Something within the parentheses, then a blank.
    for (std::size_t close = line.find(')', next + 2); close != line.npos && close < end;
         close = line.find(')', close + 1)) {
      const std::size_t after = blank_at(line, close + 1);
      if (after == 0 || close + 1 + after > end) continue;
      return std::string(line.substr(close + 1 + after, end - close - 1 - after));
    }
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Result<TestResults> parse_chart_js(std::string_view log, const LogSource&) {
  TestResults results;
  const std::string plain = without_escapes(log);
  for (const std::string_view line : python_lines(plain)) {
    if (auto failure = chart_failure(line)) results.set(*std::move(failure), TestStatus::Failed);
  }
  return results;
}

// "1) name", and nothing of what passes.
Result<TestResults> parse_marked(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const std::size_t digits = leading_digits(line);
    if (digits == 0 || !line.substr(digits).starts_with(')')) continue;
    const std::string_view rest = line.substr(digits + 1);
    if (const std::size_t blank = blank_at(rest, 0)) {
      results.set(std::string(python_strip(rest.substr(blank))), TestStatus::Failed);
    }
  }
  return results;
}

namespace {

// "  12)" from `at` on: where it ends; npos if there is none.
std::size_t end_of_number(std::string_view log, std::size_t at) {
  for (std::size_t close = log.find(')', at); close != log.npos; close = log.find(')', close + 1)) {
    std::size_t start = close;
    while (start > at && is_digit(log[start - 1])) --start;
    if (start == close) continue;
    const std::size_t first = blank_before(log, start);
    if (first == 0 || start < at + first) continue;
    const std::size_t second = blank_before(log, start - first);
    if (second > 0 && start - first >= at + second) return close + 1;
  }
  return log.npos;
}

}  // namespace

// Mocha's list of failures: "  1) suite name:" ... "Error": what is between is the name.
Result<TestResults> parse_eslint(std::string_view log, const LogSource&) {
  TestResults results;
  std::size_t at = 0;
  while ((at = end_of_number(log, at)) != log.npos) {
    const std::size_t start = at;
    // The first blanks after which the line goes on to an "Error".
    while (true) {
      while (at < log.size() && blank_at(log, at) == 0) ++at;
      const std::size_t name_end = at;
      at += leading_blanks(log.substr(at));
      if (at >= log.size()) return results;
      const std::string_view line = log.substr(at, log.find('\n', at) - at);
      const std::size_t error = line.rfind("Error");
      if (error == line.npos) {  // nor is there one later in this line
        at += python_rstrip(line).size();
        continue;
      }
      const std::string name = squeeze_blanks(log.substr(start, name_end - start));
      results.set(name, TestStatus::Failed);
      at += error + std::string_view("Error").size();
      break;
    }
  }
  return results;
}

}  // namespace eval::judges::swe
