#include "problems/findings.h"

#include <fmt/format.h>

#include <algorithm>

namespace eval::problems {

void Findings::add(Effect effect, std::string_view rule, Error detail) {
  if (!seen_.insert(fmt::format("{}\n{}\n{}", rule, detail.where, detail.what)).second) return;
  if (effect == Effect::Fault) ++fault_count_;
  const auto severity =
      effect == Effect::Warning ? Finding::Severity::Warning : Finding::Severity::Error;
  entries_.emplace_back(effect, Finding{severity, std::string(rule), std::move(detail)});
}

std::vector<Error> Findings::faults() const {
  std::vector<Error> faults;
  for (const auto& [effect, finding] : entries_) {
    if (effect == Effect::Fault) faults.push_back(finding.detail);
  }
  return faults;
}

std::vector<std::string> Findings::warnings() const {
  std::vector<std::string> lines;
  for (const auto& [effect, finding] : entries_) {
    if (effect != Effect::Warning) continue;
    std::string line = finding.detail.what;
    if (!finding.detail.where.empty()) line += " (" + finding.detail.where + ")";
    if (!finding.detail.help.empty()) line += ": " + finding.detail.help;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::vector<Finding> Findings::all() const {
  std::vector<Finding> findings;
  for (const auto& [effect, finding] : entries_) findings.push_back(finding);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  return findings;
}

}  // namespace eval::problems
