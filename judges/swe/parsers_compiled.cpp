#include <algorithm>
#include <deque>

#include "base/xml.h"
#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

// Go, Rust, Java, C and C++.
namespace eval::judges::swe {
namespace {

void set_if(TestResults& results, std::string_view word, std::string_view passed,
            std::string_view failed, std::string_view test) {
  if (word == passed) results.set(std::string(test), TestStatus::Passed);
  if (word == failed) results.set(std::string(test), TestStatus::Failed);
}

// "name (0.01s)": the name before the last parenthesis that holds something and ends the text.
std::optional<std::string_view> before_parenthesis(std::string_view text) {
  if (!text.ends_with(')')) return std::nullopt;
  std::size_t open = text.rfind(" (");
  if (open != text.npos && open + 3 >= text.size()) {
    open = open == 0 ? text.npos : text.rfind(" (", open - 1);
  }
  if (open == text.npos || open == 0) return std::nullopt;
  return text.substr(0, open);
}

}  // namespace

// "--- PASS: TestName/case (0.00s)"
Result<TestResults> parse_gotest(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const auto rest = after_prefix(python_strip(raw), "--- ");
    if (!rest) continue;
    const std::size_t colon = rest->find(": ");
    if (colon == rest->npos) continue;
    const std::string_view word = rest->substr(0, colon);
    const auto test = before_parenthesis(rest->substr(colon + 2));
    if (!test) continue;
    set_if(results, word, "PASS", "FAIL", *test);
    if (word == "SKIP") results.set(std::string(*test), TestStatus::Skipped);
  }
  return results;
}

// "test module::name ... ok"; an ignored test has no outcome.
Result<TestResults> parse_cargo(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const auto words = python_words(line);
    if (words.size() != 4 || words[0] != "test" || words[2] != "...") continue;
    set_if(results, words[3], "ok", "FAILED", words[1]);
  }
  return results;
}

namespace {

// What follows the last "-Dtest=" that something follows, up to the next blank.
std::optional<std::string> maven_test(std::string_view line) {
  constexpr std::string_view kFlag = "-Dtest=";
  for (std::size_t at = line.rfind(kFlag); at != line.npos;
       at = at == 0 ? line.npos : line.rfind(kFlag, at - 1)) {
    const std::string_view test = first_word(line.substr(at + kFlag.size()));
    if (!test.empty()) return std::string(test);
  }
  return std::nullopt;
}

// Of a line that ends in Maven's last word on a build.
std::optional<TestStatus> maven_outcome(std::string_view line) {
  if (line.ends_with("BUILD SUCCESS")) return TestStatus::Passed;
  if (line.ends_with("BUILD FAILURE")) return TestStatus::Failed;
  return std::nullopt;
}

// Version 4: an outcome is that of the last command seen.
TestResults maven_by_last_command(std::string_view log) {
  TestResults results;
  std::string test = "---NO TEST NAME FOUND YET---";
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    if (auto named = maven_test(line)) test = *std::move(named);
    if (const auto outcome = maven_outcome(line)) results.set(test, *outcome);
  }
  return results;
}

}  // namespace

// Maven does not name tests that pass: each is run by a command of its own, which the shell's trace
// shows, and the build's outcome is the test's. Commands and outcomes may come out of step, so that
// version 5 pairs them in order.
Result<TestResults> parse_maven(std::string_view log, const LogSource& source) {
  if (source.harness == Harness::V4) return maven_by_last_command(log);
  TestResults results;
  std::deque<std::string> pending;
  std::deque<TestStatus> unmatched;
  const auto pair_up = [&results, &pending](TestStatus outcome) {
    results.set(pending.front(), outcome);
    pending.pop_front();
  };
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    if (auto named = maven_test(line)) pending.push_back(*std::move(named));
    const auto outcome = maven_outcome(line);
    if (!outcome) continue;
    if (pending.empty()) {
      unmatched.push_back(*outcome);
    } else {
      pair_up(*outcome);
    }
  }
  for (; !pending.empty() && !unmatched.empty(); unmatched.pop_front()) pair_up(unmatched.front());
  return results;
}

// "[junit] [PASS] name"
Result<TestResults> parse_ant(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    auto rest = after_prefix(python_strip(raw), "[junit]");
    if (!rest || leading_blanks(*rest) == 0) continue;
    rest->remove_prefix(leading_blanks(*rest));
    const std::size_t close = rest->find(']');
    if (!rest->starts_with('[') || close == rest->npos) continue;
    const std::string_view word = rest->substr(1, close - 1);
    const std::string_view after = rest->substr(close + 1);
    if (leading_blanks(after) == 0) continue;
    const std::string_view test = after.substr(leading_blanks(after));
    set_if(results, word, "PASS", "FAIL", test);
    if (word == "ERR") results.set(std::string(test), TestStatus::Failed);
  }
  return results;
}

// "pkg.Class > method PASSED". Since version 5 the outcome may follow on a line of its own.
Result<TestResults> parse_gradle(std::string_view log, const LogSource& source) {
  TestResults results;
  std::optional<std::string> pending;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const bool passed = line.ends_with("PASSED");
    if (passed || line.ends_with("FAILED")) {
      const TestStatus status = passed ? TestStatus::Passed : TestStatus::Failed;
      std::string_view test = line.substr(0, line.size() - 6);
      if (test.empty()) {
        if (pending) results.set(*pending, status);
        pending.reset();
        continue;
      }
      const std::size_t blank = blank_before(test, test.size());
      test.remove_suffix(blank);
      if (blank > 0 && characters(test) > 1 && !test.starts_with('>')) {
        results.set(std::string(test), status);
        pending.reset();
        continue;
      }
    }
    const auto words = python_words(line);
    if (source.harness == Harness::V5 && words.size() == 3 && words[1] == ">" &&
        !words[0].starts_with('>')) {
      pending = std::string(line);
    }
  }
  return results;
}

namespace {

// " (12 ms)" or " (1s)" at the end, which is no part of a name.
std::string_view without_duration(std::string_view text) {
  if (!text.ends_with("s)")) return text;
  std::string_view rest = text.substr(0, text.size() - 2);
  if (rest.ends_with('m')) rest.remove_suffix(1);
  rest = python_rstrip(rest);
  const std::size_t end = rest.size();
  while (!rest.empty() && is_digit(rest.back())) rest.remove_suffix(1);
  if (rest.size() == end || !rest.ends_with('(')) return text;
  rest.remove_suffix(1);
  const std::size_t blank = blank_before(rest, rest.size());
  // Something must be left for the name.
  if (blank == 0 || rest.size() == blank) return text;
  return rest.substr(0, rest.size() - blank);
}

// " in tests/unit/file.tcl" at the end.
std::string_view without_file(std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty() && blank_before(rest, rest.size()) == 0) rest.remove_suffix(1);
  if (rest.size() == text.size() || rest.empty()) return text;
  std::string_view before = python_rstrip(rest);
  if (!before.ends_with("in")) return text;
  before.remove_suffix(2);
  return blank_before(before, before.size()) == 0 ? text : python_rstrip(before);
}

}  // namespace

// "[ok]: name (3 ms)", "[err]: name in tests/unit/file.tcl"
Result<TestResults> parse_redis(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const std::size_t close = line.find("]:");
    if (!line.starts_with('[') || close == line.npos) continue;
    const std::string_view word = line.substr(1, close - 1);
    const std::size_t blank = blank_at(line, close + 2);
    if (blank == 0 || close + 2 + blank >= line.size()) continue;
    const std::string_view test = without_duration(line.substr(close + 2 + blank));
    if (word == "ok") results.set(std::string(test), TestStatus::Passed);
    if (word == "err") results.set(std::string(without_file(test)), TestStatus::Failed);
    if (word == "skip" || word == "ignore") results.set(std::string(test), TestStatus::Skipped);
  }
  return results;
}

// "PASS: tests/jqtest"
Result<TestResults> parse_jq(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const std::size_t blank = blank_at(line, 5);
    if (blank == 0 || line.size() <= 5 + blank || line[4] != ':') continue;
    set_if(results, line.substr(0, 4), "PASS", "FAIL", line.substr(5 + blank));
  }
  return results;
}

namespace {

void each_below(const XmlElement& element, std::string_view name,
                std::vector<const XmlElement*>& found) {
  for (const XmlElement& child : element.children) {
    if (child.name == name) found.push_back(&child);
    each_below(child, name, found);
  }
}

std::vector<const XmlElement*> all_below(const XmlElement& element, std::string_view name) {
  std::vector<const XmlElement*> found;
  each_below(element, name, found);
  return found;
}

std::string name_of(const XmlElement& element) {
  // What a missing attribute becomes in the official ids.
  return element.attributes.contains("name") ? element.attribute("name") : "None";
}

}  // namespace

// doctest's report (-s -r=xml) within the log: a subcase passes if all its expressions hold.
Result<TestResults> parse_doctest(std::string_view log, const LogSource&) {
  constexpr std::string_view kEnd = "</doctest>";
  TestResults results;
  const std::size_t start = log.find("<doctest");
  if (start == log.npos) return results;
  const std::size_t end = log.find(kEnd, start);
  if (end == log.npos) {
    return fail(ErrorCode::BadInput, "the report of doctest has no end", "log");
  }
  const XmlElement root =
      EVAL_TRY(parse_xml(log.substr(start, end + kEnd.size() - start), "doctest's report"));
  for (const XmlElement* testcase : all_below(root, "TestCase")) {
    for (const XmlElement* subcase : all_below(*testcase, "SubCase")) {
      const auto expressions = all_below(*subcase, "Expression");
      const bool passed = std::ranges::all_of(
          expressions, [](const XmlElement* one) { return one->attribute("success") == "true"; });
      results.set(name_of(*testcase) + " > " + name_of(*subcase),
                  passed ? TestStatus::Passed : TestStatus::Failed);
    }
  }
  return results;
}

// "pass  basics/list1.py"
Result<TestResults> parse_micropython(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    const std::string_view word = line.substr(0, 4);
    const std::string_view rest = line.substr(word.size());
    if (leading_blanks(rest) == 0) continue;
    const std::string_view test = rest.substr(leading_blanks(rest));
    set_if(results, word, "pass", "FAIL", test);
    if (word == "skip") results.set(std::string(test), TestStatus::Skipped);
  }
  return results;
}

namespace {

// Where the last " (" begins.
std::optional<std::size_t> last_parenthesis(std::string_view line) {
  for (std::size_t open = line.rfind('('); open != line.npos && open > 0;
       open = line.rfind('(', open - 1)) {
    const std::size_t blank = blank_before(line, open);
    if (blank > 0) return open - blank;
  }
  return std::nullopt;
}

// "OK" or "FAILED" within the bracket at `open`, and where the name after it begins.
std::optional<std::pair<std::string_view, std::size_t>> google_word(std::string_view line,
                                                                    std::size_t open) {
  std::size_t at = open + 1 + leading_blanks(line.substr(open + 1));
  const std::string_view rest = line.substr(at);
  const std::string_view word = rest.starts_with("OK") ? "OK" : "FAILED";
  if (!rest.starts_with(word)) return std::nullopt;
  at += word.size();
  at += leading_blanks(line.substr(at));
  if (at >= line.size() || line[at] != ']') return std::nullopt;
  const std::size_t blank = blank_at(line, at + 1);
  if (blank == 0) return std::nullopt;
  return std::pair(word, at + 1 + blank);
}

}  // namespace

// What stands before the dots that end `text`, blanks around them left out; nullopt if it ends otherwise.
std::optional<std::string> before_dots(std::string_view text) {
  text = python_rstrip(text);
  const std::size_t last = text.find_last_not_of('.');
  if (!text.ends_with('.') || last == text.npos) return std::nullopt;
  return std::string(python_rstrip(text.substr(0, last + 1)));
}

// " 2/10 Test  #2: name .....": what follows the colon.
std::optional<std::string_view> after_ctest_number(std::string_view line) {
  line = python_strip(line);
  for (const std::string_view mark : {"/", "Test", "#", ":"}) {
    line.remove_prefix(leading_digits(line));
    line.remove_prefix(leading_blanks(line));
    if (!line.starts_with(mark)) return std::nullopt;
    line.remove_prefix(mark.size());
  }
  return python_strip(line);
}

// "name ....***Not Run (Disabled)", "name ....Subprocess aborted***Exception:"
void add_ctest_failure(std::string_view test, TestResults& results) {
  const std::size_t stars = test.find("***");
  if (stars == test.npos) return;
  const std::size_t dots = test.rfind('.', stars);
  if (dots == test.npos) return;
  const auto name = before_dots(test.substr(0, dots + 1));
  if (!name) return;
  const std::string_view what = test.substr(stars + 3);
  const bool is_skipped = what.starts_with("Skipped") || what.starts_with("Not Run (Disabled)");
  results.set(*name, is_skipped ? TestStatus::Skipped : TestStatus::Failed);
}

// Not of the official harness, whose projects of this kind print by themselves: the lines of ctest, with
// which those of Catch2 and others are run. Names are read as Multi-SWE-bench reads them.
Result<TestResults> parse_ctest(std::string_view log, const LogSource&) {
  constexpr std::string_view kPassed = "Passed";
  TestResults results;
  for (const std::string_view line : python_lines(log)) {
    const auto test = after_ctest_number(line);
    if (!test) continue;
    std::optional<std::string> passed;
    for (std::size_t at = test->find(kPassed); at != test->npos && !passed;
         at = test->find(kPassed, at + 1)) {
      passed = before_dots(test->substr(0, at));
    }
    if (passed) {
      results.set(*passed, TestStatus::Passed);
    } else {
      add_ctest_failure(*test, results);
    }
  }
  return results;
}

// "[       OK ] Suite.Test (0 ms)"
Result<TestResults> parse_googletest(std::string_view log, const LogSource&) {
  TestResults results;
  for (const std::string_view raw : python_lines(log)) {
    const std::string_view line = python_strip(raw);
    if (!line.ends_with(')')) continue;
    const auto end = last_parenthesis(line);
    if (!end) continue;
    for (std::size_t open = line.rfind('[', *end); open != line.npos;
         open = open == 0 ? line.npos : line.rfind('[', open - 1)) {
      const auto word = google_word(line, open);
      if (!word || word->second > *end) continue;
      set_if(results, word->first, "OK", "FAILED", line.substr(word->second, *end - word->second));
      break;
    }
  }
  return results;
}

}  // namespace eval::judges::swe
