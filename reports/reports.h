#pragma once

#include <string>

#include "reports/report_model.h"

// Views of a run. Each returns the whole text; nothing here touches files or the terminal.
namespace eval::reports {

struct TerminalOptions {
  bool colour = false;
  int width = 100;  // columns
};

// Summary, medal line, and the problem x attempt grid, lettered by verdict.
std::string to_terminal(const ReportModel& model, const TerminalOptions& options);

// Versioned; FORMAT.md is its manual.
std::string to_json(const ReportModel& model);

// One row per attempt, RFC 4180.
std::string to_csv(const ReportModel& model);

// For a pull request or an issue: GitHub-flavoured Markdown.
std::string to_markdown(const ReportModel& model);

// One testsuite per problem, one testcase per attempt; AC passes, IE and JE are errors, unjudged is skipped.
std::string to_junit(const ReportModel& model);

// One self-contained file that opens from disk without network. Model output in it is inert.
std::string to_html(const ReportModel& model);

}  // namespace eval::reports
