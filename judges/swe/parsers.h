#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "judges/swe/log_parser.h"

// Inside of parse_log(): one function per framework. `log` has universal newlines.
namespace eval::judges::swe {

using LogParser = Result<TestResults> (*)(std::string_view log, const LogSource& source);

// parsers_python.cpp
Result<TestResults> parse_pytest(std::string_view log, const LogSource& source);
Result<TestResults> parse_pytest_options(std::string_view log, const LogSource& source);
Result<TestResults> parse_pytest_v2(std::string_view log, const LogSource& source);
Result<TestResults> parse_matplotlib(std::string_view log, const LogSource& source);
Result<TestResults> parse_seaborn(std::string_view log, const LogSource& source);
Result<TestResults> parse_sympy(std::string_view log, const LogSource& source);
Result<TestResults> parse_django(std::string_view log,
                                 const LogSource& source);  // parser_django.cpp
std::string short_option(std::string_view id);              // "t[/a/b/c]" -> "t[/c]"
std::string matplotlib_line(std::string_view line);         // buttons as numbers

// parsers_compiled.cpp
Result<TestResults> parse_gotest(std::string_view log, const LogSource& source);
Result<TestResults> parse_cargo(std::string_view log, const LogSource& source);
Result<TestResults> parse_maven(std::string_view log, const LogSource& source);
Result<TestResults> parse_ant(std::string_view log, const LogSource& source);
Result<TestResults> parse_gradle(std::string_view log, const LogSource& source);
Result<TestResults> parse_redis(std::string_view log, const LogSource& source);
Result<TestResults> parse_jq(std::string_view log, const LogSource& source);
Result<TestResults> parse_doctest(std::string_view log, const LogSource& source);
Result<TestResults> parse_micropython(std::string_view log, const LogSource& source);
Result<TestResults> parse_googletest(std::string_view log, const LogSource& source);
Result<TestResults> parse_ctest(std::string_view log, const LogSource& source);

// parsers_scripting.cpp
Result<TestResults> parse_phpunit(std::string_view log, const LogSource& source);
Result<TestResults> parse_minitest(std::string_view log, const LogSource& source);
Result<TestResults> parse_cucumber(std::string_view log, const LogSource& source);
Result<TestResults> parse_ruby_unit(std::string_view log, const LogSource& source);
Result<TestResults> parse_rspec(std::string_view log, const LogSource& source);
Result<TestResults> parse_jekyll(std::string_view log, const LogSource& source);

// parsers_javascript.cpp
Result<TestResults> parse_jest(std::string_view log, const LogSource& source);
Result<TestResults> parse_jest_json(std::string_view log, const LogSource& source);
Result<TestResults> parse_jest_files(std::string_view log, const LogSource& source);  // carbon
Result<TestResults> parse_grommet(std::string_view log, const LogSource& source);
Result<TestResults> parse_vitest(std::string_view log, const LogSource& source);
Result<TestResults> parse_tap(std::string_view log, const LogSource& source);
Result<TestResults> parse_mocha(std::string_view log, const LogSource& source);  // highlightjs
Result<TestResults> parse_immutable(std::string_view log, const LogSource& source);

// parsers_browser.cpp: what runs in a browser, and what prints failures only
Result<TestResults> parse_karma(std::string_view log, const LogSource& source);
Result<TestResults> parse_chart_js(std::string_view log, const LogSource& source);
Result<TestResults> parse_eslint(std::string_view log, const LogSource& source);
Result<TestResults> parse_marked(std::string_view log, const LogSource& source);

}  // namespace eval::judges::swe
