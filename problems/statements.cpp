#include "problems/statements.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

struct Candidate {
  fs::path file;
  std::string language;
  StatementFormat format;
};

std::optional<StatementFormat> format_of(std::string_view extension) {
  if (extension == "md") return StatementFormat::Markdown;
  if (extension == "tex") return StatementFormat::Latex;
  if (extension == "txt" || extension == "html") return StatementFormat::Text;
  if (extension == "pdf") return StatementFormat::Pdf;
  return std::nullopt;
}

int format_rank(StatementFormat format) {
  switch (format) {
    case StatementFormat::Markdown:
      return 0;
    case StatementFormat::Latex:
      return 1;
    case StatementFormat::Text:
      return 2;
    case StatementFormat::Pdf:
      return 3;
  }
  return 3;
}

int language_rank(std::string_view language) {
  if (language == "en") return 0;
  return language.starts_with("en-") ? 1 : 2;
}

bool comes_first(const Candidate& a, const Candidate& b) {
  const auto key = [](const Candidate& c) {
    return std::make_tuple(c.format == StatementFormat::Pdf, language_rank(c.language), c.language,
                           format_rank(c.format));
  };
  return key(a) < key(b);
}

// "problem.LANGUAGE.EXTENSION" or, for English, "problem.EXTENSION".
std::vector<Candidate> candidates_in(const fs::path& directory, Findings& findings) {
  std::vector<Candidate> candidates;
  for (const PackageEntry& entry : package_entries(directory, findings)) {
    const std::vector<std::string> parts = split(entry.name, '.');
    if (entry.is_directory || parts.front() != "problem" || parts.size() < 2 || parts.size() > 3)
      continue;
    if (const auto format = format_of(parts.back())) {
      candidates.push_back({entry.path, parts.size() == 3 ? parts[1] : "en", *format});
    }
  }
  std::sort(candidates.begin(), candidates.end(), comes_first);
  return candidates;
}

std::vector<Candidate> find_candidates(const fs::path& package, Dialect dialect,
                                       Findings& findings) {
  const bool legacy = dialect == Dialect::Legacy;
  const std::string_view right = legacy ? "problem_statement" : "statement";
  const std::string_view other = legacy ? "statement" : "problem_statement";
  if (auto found = candidates_in(package / right, findings); !found.empty()) return found;
  if (auto found = candidates_in(package / other, findings); !found.empty()) {
    findings.warning(
        "statement-folder",
        fmt::format("the statement is in {}/, where this format version does not look", other),
        package.string(), fmt::format("rename the folder to {}/", right));
    return found;
  }
  // DOMjudge's own place. A Markdown file here is more likely a note than the statement.
  std::vector<Candidate> found = candidates_in(package, findings);
  std::erase_if(found, [](const Candidate& c) { return c.format == StatementFormat::Latex; });
  return found;
}

// The argument of the first `\command{...}`, braces balanced; empty if there is none.
std::string latex_argument(std::string_view text, std::string_view command) {
  const std::size_t at = text.find(command);
  if (at == std::string_view::npos) return {};
  const std::size_t open = text.find_first_not_of(" \t", at + command.size());
  if (open == std::string_view::npos || text[open] != '{') return {};
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0)
      return std::string(trim(text.substr(open + 1, i - open - 1)));
  }
  return {};
}

std::string latex_title(std::string_view text) {
  constexpr std::string_view kPlainName = "plainproblemname:";
  if (const std::size_t at = text.find(kPlainName); at != std::string_view::npos) {
    const std::string_view rest = text.substr(at + kPlainName.size());
    return std::string(trim(rest.substr(0, rest.find('\n'))));
  }
  return latex_argument(text, "\\problemname");
}

std::string title_of(const PackageInfo& info, const Statement& statement) {
  for (const std::string& language : {statement.language, std::string("en")}) {
    const auto name = info.names.find(language);
    if (name != info.names.end() && !name->second.empty()) return name->second;
  }
  if (statement.format == StatementFormat::Latex) {
    if (std::string title = latex_title(statement.text); !title.empty()) return title;
  }
  return info.names.empty() ? std::string() : info.names.begin()->second;
}

std::string with_constants(std::string text, const PackageInfo& info, StatementFormat format) {
  for (const auto& [name, value] : info.constants) {
    text = replace_all(std::move(text), "{{" + name + "}}", value);
    if (format == StatementFormat::Latex)
      text = replace_all(std::move(text), "\\constant{" + name + "}", value);
  }
  return text;
}

}  // namespace

Statement read_statement(const fs::path& package, const PackageInfo& info, Findings& findings) {
  Statement statement;
  const std::vector<Candidate> candidates = find_candidates(package, info.dialect, findings);
  if (!candidates.empty()) {
    const Candidate& chosen = candidates.front();
    statement.file = chosen.file;
    statement.language = chosen.language;
    statement.format = chosen.format;
    if (chosen.format != StatementFormat::Pdf) {
      if (auto text = read_package_text(chosen.file, findings))
        statement.text = with_constants(std::move(*text), info, chosen.format);
    }
  }
  statement.title = title_of(info, statement);
  return statement;
}

}  // namespace eval::problems
