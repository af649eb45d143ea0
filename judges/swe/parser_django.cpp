#include <array>

#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

// Django's runner writes "test_a (module.Class) ... ok". What a test prints while it runs lands
// between "..." and the outcome, in several ways that are each read by a rule of their own.
namespace eval::judges::swe {
namespace {

constexpr std::string_view kVersionTest = "--version is equivalent to version";
// A migration's progress that ends in the name of the first test: of django__django-7188.
constexpr std::string_view kMigrationPrefix =
    "Applying sites.0002_alter_domain_unique...test_no_migrations";
constexpr std::array<std::string_view, 3> kPassEndings = {" ... ok", " ... OK", " ...  OK"};

// "FAIL: test_a (module.Class)": the word after the mark.
Result<void> add_headline(std::string_view line, std::string_view mark, TestStatus status,
                          TestResults& results) {
  if (!line.starts_with(mark)) return {};
  const auto words = python_words(line);
  if (words.size() < 2) {
    return fail(ErrorCode::BadInput, "a line of the log has \"" + std::string(mark) + "\" alone",
                {}, "the official harness breaks on it too");
  }
  results.set(std::string(words[1]), status);
  return {};
}

// The test of a line that ends well; `line` itself is changed where a migration stands before it.
void add_pass(std::string_view& line, TestResults& results) {
  for (const std::string_view ending : kPassEndings) {
    if (!line.ends_with(ending)) continue;
    if (line.starts_with(kMigrationPrefix)) {
      line = python_strip(line.substr(line.find("...") + 3));
    }
    results.set(std::string(line.substr(0, line.rfind(ending))), TestStatus::Passed);
    return;
  }
}

Result<void> add_line(std::string_view line, std::optional<std::string>& previous,
                      TestResults& results) {
  if (has(line, kVersionTest)) results.set(std::string(kVersionTest), TestStatus::Passed);
  if (has(line, " ... ")) previous = std::string(before_first(line, " ... "));
  add_pass(line, results);
  if (has(line, " ... skipped")) {
    results.set(std::string(before_first(line, " ... skipped")), TestStatus::Skipped);
  }
  if (line.ends_with(" ... FAIL")) {
    results.set(std::string(before_first(line, " ... FAIL")), TestStatus::Failed);
  }
  EVAL_TRY(add_headline(line, "FAIL:", TestStatus::Failed, results));
  if (line.ends_with(" ... ERROR")) {
    results.set(std::string(before_first(line, " ... ERROR")), TestStatus::Error);
  }
  EVAL_TRY(add_headline(line, "ERROR:", TestStatus::Error, results));
  // "ok" on a line of its own closes the last test that was begun.
  if (previous && line.starts_with("ok")) results.set(*previous, TestStatus::Passed);
  return {};
}

// Where the line of `at` begins, but not before `from`.
std::size_t line_start(std::string_view log, std::size_t at) {
  if (at == 0) return 0;
  const std::size_t newline = log.rfind('\n', at - 1);
  return newline == log.npos ? 0 : newline + 1;
}

// A test whose name stands before " ... " and `what`; nullopt if it does not, or if its line began
// before `from`.
std::optional<std::string_view> test_before(std::string_view log, std::size_t what,
                                            std::size_t from) {
  const std::size_t inner = blank_before(log, what);
  if (inner == 0) return std::nullopt;
  std::size_t at = what - inner;
  if (!log.substr(0, at).ends_with("...")) return std::nullopt;
  at -= 3;
  const std::size_t outer = blank_before(log, at);
  if (outer == 0) return std::nullopt;
  at -= outer;
  const std::size_t start = line_start(log, at);
  if (start < from) return std::nullopt;
  return log.substr(start, at - start);
}

bool ends_line(std::string_view log, std::size_t at) {
  return at == log.size() || log[at] == '\n';
}

// `what` ... `tail` with anything in between, lines too; the tail ends its line.
void add_interrupted(std::string_view log, std::string_view what, std::string_view tail,
                     TestResults& results) {
  std::size_t from = 0;
  std::size_t at = 0;
  while ((at = log.find(what, at)) != log.npos) {
    const auto test = test_before(log, at, from);
    at += what.size();
    if (!test) continue;
    std::size_t end = at;
    do {
      end = log.find(tail, end);
      if (end == log.npos) return;  // none is left for those after it either
      end += tail.size();
    } while (!ends_line(log, end));
    results.set(std::string(*test), TestStatus::Passed);
    from = at = end;
  }
}

// "... System check identified no issues (0 silenced)" and "ok" on the next line.
void add_system_check(std::string_view log, TestResults& results) {
  constexpr std::string_view kWhat = "System check identified no issues (0 silenced)\nok";
  std::size_t from = 0;
  std::size_t at = 0;
  while ((at = log.find(kWhat, at)) != log.npos) {
    const auto test = test_before(log, at, from);
    at += kWhat.size();
    if (!test || !ends_line(log, at)) continue;
    results.set(std::string(*test), TestStatus::Passed);
    from = at;
  }
}

// "... Internal Server Error: /path/" and "ok" on the next line.
void add_server_error(std::string_view log, TestResults& results) {
  constexpr std::string_view kWhat = "Internal Server Error: /";
  std::size_t from = 0;
  std::size_t at = 0;
  while ((at = log.find(kWhat, at)) != log.npos) {
    const auto test = test_before(log, at, from);
    at += kWhat.size();
    const std::size_t line_end = log.find('\n', at);
    if (line_end == log.npos) return;
    if (!test || line_end == at || log[line_end - 1] != '/') continue;
    if (log.substr(line_end + 1, 2) != "ok" || !ends_line(log, line_end + 3)) continue;
    results.set(std::string(*test), TestStatus::Passed);
    from = at = line_end + 3;
  }
}

}  // namespace

Result<TestResults> parse_django(std::string_view log, const LogSource&) {
  TestResults results;
  std::optional<std::string> previous;
  for (const std::string_view line : python_lines(log)) {
    EVAL_TRY(add_line(python_strip(line), previous, results));
  }
  add_interrupted(log, "Testing against Django installed in ", " silenced).\nok", results);
  add_server_error(log, results);
  add_system_check(log, results);
  return results;
}

}  // namespace eval::judges::swe
