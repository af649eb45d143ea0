#include <fmt/format.h>

#include <string_view>

#include "base/clock.h"
#include "base/text.h"
#include "reports/figures.h"
#include "reports/reports.h"

namespace eval::reports {
namespace {

// JUnit readers load the whole file; a test log beyond this helps nobody.
constexpr std::size_t kDetailBytes = 16 * 1024;

bool is_noncharacter(std::string_view three_bytes) {
  return three_bytes == "\xEF\xBF\xBE" || three_bytes == "\xEF\xBF\xBF";
}

// `raw` as XML 1.0 character data, fit for attributes too. XML has no way to write most control
// characters, U+FFFE and U+FFFF, not even as references: they become U+FFFD.
std::string escape(std::string_view raw) {
  const std::string valid = to_valid_utf8(raw);
  std::string text;
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto c = static_cast<unsigned char>(valid[i]);
    if (c == '&') {
      text += "&amp;";
    } else if (c == '<') {
      text += "&lt;";
    } else if (c == '>') {
      text += "&gt;";
    } else if (c == '"') {
      text += "&quot;";
    } else if (c == '\n' || c == '\r' || c == '\t') {
      text += fmt::format("&#{};", c);  // else a parser turns it into a space in an attribute
    } else if (c < 0x20) {
      text += "\xEF\xBF\xBD";
    } else if (c == 0xEF && is_noncharacter(std::string_view(valid).substr(i, 3))) {
      text += "\xEF\xBF\xBD";
      i += 2;
    } else {
      text += valid[i];
    }
  }
  return text;
}

// Multi-line text between tags keeps its line ends as they are: readable, and valid there.
std::string escape_body(std::string_view raw) {
  return replace_all(escape(shorten(raw, kDetailBytes)), "&#10;", "\n");
}

enum class Outcome { Pass, Failure, Error, Skipped };

Outcome outcome_of(const AttemptView& attempt) {
  using judges::Verdict;
  if (!attempt.verdict) return Outcome::Skipped;
  switch (*attempt.verdict) {
    case Verdict::AC:
      return Outcome::Pass;
    case Verdict::JE:
    case Verdict::IE:
      return Outcome::Error;
    case Verdict::PC:
    case Verdict::WA:
    case Verdict::TLE:
    case Verdict::MLE:
    case Verdict::OLE:
    case Verdict::RE:
    case Verdict::CE:
    case Verdict::NA:
      return Outcome::Failure;
  }
  return Outcome::Error;
}

// Generation plus the wall time of all tests.
double seconds_of(const AttemptView& attempt) {
  double seconds = static_cast<double>(attempt.generation_ms) / 1000.0;
  if (!attempt.judgement) return seconds;
  for (const judges::TestResult& test : attempt.judgement->tests) {
    seconds += static_cast<double>(test.wall_time.count()) / 1e6;
  }
  return seconds;
}

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const AttemptView& attempt) {
    const Outcome outcome = outcome_of(attempt);
    ++tests;
    if (outcome == Outcome::Failure) ++failures;
    if (outcome == Outcome::Error) ++errors;
    if (outcome == Outcome::Skipped) ++skipped;
    seconds += seconds_of(attempt);
  }

  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")", tests,
                       failures, errors, skipped, seconds);
  }
};

std::string details(const AttemptView& attempt) {
  std::string text;
  if (attempt.truncated) text += "The reply was cut off by the token limit.\n";
  for (const ErrorView& error : attempt.errors) {
    text += fmt::format("{} error, try {}: {}\n", error.stage, error.try_number, error.what);
    if (!error.where.empty()) text += "  where: " + error.where + "\n";
    if (!error.help.empty()) text += "  help:  " + error.help + "\n";
  }
  if (!attempt.judgement) return text;
  const judges::TestResult* failure = first_failure(*attempt.judgement);
  if (failure != nullptr) {
    text += fmt::format("testcase {}: {} ({})\n", failure->testcase,
                        judges::verdict_name(failure->verdict), failure->run_status);
    if (!failure->checker_message.empty()) text += failure->checker_message + "\n";
    if (!failure->standard_error.empty()) text += "stderr:\n" + failure->standard_error + "\n";
  }
  if (!attempt.judgement->compile_log.empty()) {
    text += "compile log:\n" + attempt.judgement->compile_log + "\n";
  }
  return text;
}

std::string element(std::string_view name, const AttemptView& attempt) {
  return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", name,
                     verdict_code(attempt.verdict), escape(explain(attempt)),
                     escape_body(details(attempt)));
}

std::string testcase(const ProblemView& problem, const AttemptView& attempt) {
  const std::string head =
      fmt::format(R"(    <testcase classname="{}" name="attempt {}" time="{:.3f}")",
                  escape(problem.id), attempt.index, seconds_of(attempt));
  std::string body;
  switch (outcome_of(attempt)) {
    case Outcome::Pass:
      return head + "/>\n";
    case Outcome::Failure:
      body = element("failure", attempt);
      break;
    case Outcome::Error:
      body = element("error", attempt);
      break;
    case Outcome::Skipped:
      body = fmt::format("      <skipped message=\"{}\"/>\n", escape(explain(attempt)));
      break;
  }
  return head + ">\n" + body + "    </testcase>\n";
}

}  // namespace

std::string to_junit(const ReportModel& model) {
  Counts all;
  std::string suites;
  // Without the zone letter: the JUnit schema wants a local time and UTC is the only honest one.
  std::string timestamp = format_utc(model.run.created_ms);
  timestamp.pop_back();
  for (const ProblemView& problem : model.problems) {
    Counts counts;
    std::string cases;
    for (const AttemptView& attempt : problem.attempts) {
      counts.add(attempt);
      all.add(attempt);
      cases += testcase(problem, attempt);
    }
    suites += fmt::format("  <testsuite name=\"{}\" {} timestamp=\"{}\">\n{}  </testsuite>\n",
                          escape(problem.id), counts.attributes(), timestamp, cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {}>\n{}</testsuites>\n",
      escape(model.run.id), all.attributes(), suites);
}

}  // namespace eval::reports
