#pragma once

#include <string>

#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"

namespace eval::problems {

struct Statement {
  std::string text;  // empty for a PDF, or when there is none
  StatementFormat format = StatementFormat::Markdown;
  std::string language = "en";
  std::string title;  // from problem.yaml, else from the LaTeX statement; empty if neither has one
  fs::path file;      // empty: the package has no statement
};

// The statement to show: English if there is one, else the first language in byte order; Markdown
// before LaTeX before plain text before PDF, and any text before a PDF, because a PDF cannot be put
// into a prompt. Constants of the package are replaced by their values.
Statement read_statement(const fs::path& package, const PackageInfo& info, Findings& findings);

}  // namespace eval::problems
