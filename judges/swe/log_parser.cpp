#include "judges/swe/log_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"
#include "judges/swe/parsers.h"
#include "judges/swe/python_text.h"

namespace eval::judges::swe {
namespace {

using Registry = std::map<std::string_view, LogParser>;

// By the names of the official registry; several are names of one parser.
const Registry& registry() {
  static const Registry parsers = {
      {"parse_log_pytest", parse_pytest},
      {"parse_log_astroid", parse_pytest},
      {"parse_log_flask", parse_pytest},
      {"parse_log_marshmallow", parse_pytest},
      {"parse_log_pvlib", parse_pytest},
      {"parse_log_pyvista", parse_pytest},
      {"parse_log_sqlfluff", parse_pytest},
      {"parse_log_xarray", parse_pytest},
      {"parse_log_pytest_options", parse_pytest_options},
      {"parse_log_pydicom", parse_pytest_options},
      {"parse_log_requests", parse_pytest_options},
      {"parse_log_pylint", parse_pytest_options},
      {"parse_log_pytest_v2", parse_pytest_v2},
      {"parse_log_astropy", parse_pytest_v2},
      {"parse_log_scikit", parse_pytest_v2},
      {"parse_log_sphinx", parse_pytest_v2},
      {"parse_log_matplotlib", parse_matplotlib},
      {"parse_log_seaborn", parse_seaborn},
      {"parse_log_sympy", parse_sympy},
      {"parse_log_django", parse_django},
      {"parse_log_gotest", parse_gotest},
      {"parse_log_cargo", parse_cargo},
      {"parse_log_maven", parse_maven},
      {"parse_log_ant", parse_ant},
      {"parse_log_gradle_custom", parse_gradle},
      {"parse_log_redis", parse_redis},
      {"parse_log_jq", parse_jq},
      {"parse_log_doctest", parse_doctest},
      {"parse_log_micropython_test", parse_micropython},
      {"parse_log_googletest", parse_googletest},
      {"parse_log_ctest", parse_ctest},
      {"parse_log_phpunit", parse_phpunit},
      {"parse_log_minitest", parse_minitest},
      {"parse_log_cucumber", parse_cucumber},
      {"parse_log_ruby_unit", parse_ruby_unit},
      {"parse_log_rspec_transformed_json", parse_rspec},
      {"parse_log_jekyll", parse_jekyll},
      {"parse_log_jest", parse_jest},
      {"parse_log_jest_json", parse_jest_json},
      {"parse_log_carbon", parse_jest_files},
      {"parse_log_react_pdf", parse_jest_files},
      {"parse_log_grommet", parse_grommet},
      {"parse_log_vitest", parse_vitest},
      {"parse_log_tap", parse_tap},
      {"parse_log_highlightjs", parse_mocha},
      {"parse_log_immutable_js", parse_immutable},
      {"parse_log_karma", parse_karma},
      {"parse_log_chart_js", parse_chart_js},
      {"parse_log_eslint", parse_eslint},
      {"parse_log_marked", parse_marked},
  };
  return parsers;
}

}  // namespace

std::string_view harness_name(Harness harness) {
  switch (harness) {
    case Harness::V4:
      return "v4";
    case Harness::V5:
      return "v5";
  }
  return "v5";
}

std::optional<Harness> harness_from_name(std::string_view name) {
  for (const Harness harness : {Harness::V4, Harness::V5}) {
    if (harness_name(harness) == name) return harness;
  }
  return std::nullopt;
}

std::string_view test_status_name(TestStatus status) {
  switch (status) {
    case TestStatus::Passed:
      return "PASSED";
    case TestStatus::Failed:
      return "FAILED";
    case TestStatus::Skipped:
      return "SKIPPED";
    case TestStatus::Error:
      return "ERROR";
    case TestStatus::XFail:
      return "XFAIL";
    case TestStatus::Other:
      return "OTHER";
  }
  return "OTHER";
}

bool is_pass(TestStatus status) {
  return status == TestStatus::Passed || status == TestStatus::XFail;
}

bool is_fail(TestStatus status) {
  return status == TestStatus::Failed || status == TestStatus::Error;
}

void TestResults::set(std::string id, TestStatus status) {
  const auto [place, is_new] = places_.emplace(std::move(id), entries_.size());
  if (is_new) {
    entries_.emplace_back(place->first, status);
  } else {
    TestStatus& known = entries_[place->second].second;
    if (is_fail(known) && is_pass(status)) recovered_.push_back(place->first);
    known = status;
  }
}

std::optional<TestStatus> TestResults::find(std::string_view id) const {
  const auto found = places_.find(std::string(id));
  if (found == places_.end()) return std::nullopt;
  return entries_[found->second].second;
}

std::size_t TestResults::count(TestStatus status) const {
  return static_cast<std::size_t>(std::ranges::count(entries_, status, &Entry::second));
}

bool is_log_parser(std::string_view name) {
  return registry().contains(name);
}

std::vector<std::string> log_parser_names() {
  std::vector<std::string> names;
  for (const auto& [name, parser] : registry()) names.emplace_back(name);
  return names;
}

Result<TestResults> parse_log(std::string_view parser, std::string_view log,
                              const LogSource& source) {
  const auto found = registry().find(parser);
  if (found == registry().end()) {
    const auto close = closest_match(parser, log_parser_names());
    return fail(ErrorCode::Unsupported, fmt::format("there is no log parser \"{}\"", parser), {},
                close ? fmt::format("did you mean \"{}\"?", *close) : std::string());
  }
  if (!has(log, "\r")) return found->second(log, source);
  return found->second(universal_newlines(log), source);
}

std::string official_test_id(std::string_view parser, std::string_view id, Harness harness) {
  const auto found = registry().find(parser);
  const LogParser read = found == registry().end() ? nullptr : found->second;
  if (read == parse_pytest_v2) {
    return harness == Harness::V5 ? squeeze_blanks(id) : std::string(first_word(id));
  }
  if (read == parse_pytest_options) return short_option(first_word(id));
  if (read == parse_matplotlib) return std::string(first_word(matplotlib_line(id)));
  if (read == parse_pytest || read == parse_seaborn) return std::string(first_word(id));
  return std::string(id);
}

}  // namespace eval::judges::swe
