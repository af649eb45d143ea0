#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "problems/expectations.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

// submissions/ and submissions/submissions.yaml.
namespace eval::problems {
namespace {

std::set<std::string> read_codes(MapReader& reader, std::string_view key,
                                 const std::vector<std::string>& words) {
  std::set<std::string> codes;
  for (const std::string& word : words) {
    if (word == "AC" || word == "WA" || word == "TLE" || word == "MLE" || word == "OLE") {
      codes.insert(word);
    } else if (word == "RTE" || word == "RE") {
      // The format's RTE covers every way to crash.
      codes.insert({"RE", "MLE", "OLE"});
    } else {
      reader.wrong_type(key, "a list of AC, WA, TLE and RTE", *reader.member(key));
    }
  }
  return codes;
}

std::optional<std::pair<double, double>> read_score(MapReader& reader) {
  constexpr double kSlack = 1e-6;  // sums of floating-point parts
  const auto words = reader.words("score");
  if (!words) return std::nullopt;
  std::vector<double> bounds;
  for (const Json* value = reader.member("score"); const std::string& word : *words) {
    const auto parsed = parse_double(word);
    if (!parsed) {
      reader.wrong_type("score", "a number or a list of two", *value);
      return std::nullopt;
    }
    bounds.push_back(*parsed);
  }
  if (bounds.empty() || bounds.size() > 2 || bounds.front() > bounds.back()) {
    reader.wrong_type("score", "a number or a list of two, the lower first",
                      *reader.member("score"));
    return std::nullopt;
  }
  return std::pair(bounds.front() - kSlack, bounds.back() + kSlack);
}

// `true`: as the permitted verdicts imply.
std::optional<bool> read_time_limit_use(MapReader& reader, bool& upper) {
  const auto word = reader.text("use_for_time_limit");
  if (!word || *word == "true") return std::nullopt;
  upper = *word == "upper";
  if (*word != "false" && *word != "lower" && *word != "upper")
    reader.wrong_type("use_for_time_limit", "true, false, lower or upper",
                      *reader.member("use_for_time_limit"));
  return *word == "lower";
}

}  // namespace

SubmissionRules::Rule SubmissionRules::read_rule(MapReader& reader, Rule rule) {
  if (const auto words = reader.words("permitted"))
    rule.permitted = read_codes(reader, "permitted", *words);
  if (const auto words = reader.words("required"))
    rule.required = read_codes(reader, "required", *words);
  if (const auto score = read_score(reader)) rule.score = score;
  if (auto message = reader.text("message"); message && !message->empty())
    rule.message = std::move(message);
  bool upper = false;
  if (const auto lower = read_time_limit_use(reader, upper)) rule.bounds_time_limit = lower;
  // The spec: "lower" is equivalent to permitting all but TLE, "upper" to requiring TLE.
  if (rule.bounds_time_limit == true && !rule.permitted)
    rule.permitted = Codes{"AC", "WA", "RE", "MLE", "OLE"};
  if (upper && !rule.required) rule.required = Codes{"TLE"};
  return rule;
}

std::vector<SubmissionRules::Entry> SubmissionRules::default_entries() {
  const auto entry = [](std::string pattern, std::optional<Codes> permitted,
                        std::optional<Codes> required) {
    Entry made;
    made.pattern = std::move(pattern);
    made.rule.permitted = std::move(permitted);
    made.rule.required = std::move(required);
    return made;
  };
  // Section "Default directories" of 2025-09.
  return {
      entry("accepted", Codes{"AC"}, std::nullopt),
      entry("rejected", std::nullopt, Codes{"RE", "MLE", "OLE", "TLE", "WA"}),
      entry("wrong_answer", Codes{"AC", "WA"}, Codes{"WA"}),
      entry("time_limit_exceeded", Codes{"AC", "TLE"}, Codes{"TLE"}),
      entry("run_time_error", Codes{"AC", "RE", "MLE", "OLE"}, Codes{"RE", "MLE", "OLE"}),
      entry("brute_force", Codes{"AC", "RE", "MLE", "OLE", "TLE"},
            Codes{"RE", "MLE", "OLE", "TLE"}),
  };
}

void SubmissionRules::read_entry(const std::string& pattern, const Json& value,
                                 const std::string& where, Findings& findings) {
  MapReader reader(value, where + ": " + pattern, findings);
  const std::string name = pattern.ends_with('/') ? pattern.substr(0, pattern.size() - 1) : pattern;
  auto entry = std::find_if(entries_.begin(), entries_.end(),
                            [&](const Entry& known) { return known.pattern == name; });
  if (entry == entries_.end()) {
    entries_.emplace_back();
    entry = std::prev(entries_.end());
    entry->pattern = name;
  }
  // Keys that are not given keep the default of a default folder.
  entry->rule = read_rule(reader, entry->rule);
  if (auto language = reader.text("language")) entry->language = std::move(language);
  if (auto entry_point = reader.text("entrypoint")) entry->entry_point = std::move(entry_point);
  reader.flag("model_solution");
  reader.know({"authors"});
  for (const std::string& key : reader.keys()) {
    const Json* part = find_member(value, key);
    if (part == nullptr || !part->is_object() || key == "authors") continue;
    reader.know({key});
    MapReader part_reader(*part, reader.where() + ": " + key, findings);
    entry->parts.emplace_back(key, read_rule(part_reader, Rule{}));
    part_reader.report_unknown_keys();
  }
  reader.report_unknown_keys();
}

SubmissionRules SubmissionRules::read(const fs::path& package, const PromiseContext& context,
                                      Findings& findings) {
  SubmissionRules rules;
  rules.context_ = context;
  const fs::path file = package / "submissions" / "submissions.yaml";
  const bool has_file = is_file(file);
  // Legacy folders promise the final verdict only, not that of every testcase.
  if (context.dialect != Dialect::Legacy || has_file) rules.entries_ = default_entries();
  if (!has_file) return rules;
  const auto yaml = read_package_yaml(file, findings);
  if (!yaml) return rules;
  MapReader reader(*yaml, file.string(), findings);
  for (const std::string& pattern : reader.keys()) {
    if (const Json* value = reader.member(pattern))
      rules.read_entry(pattern, *value, file.string(), findings);
  }
  return rules;
}

std::vector<ReferenceSubmission> read_submissions(const fs::path& package,
                                                  const PromiseContext& context,
                                                  Findings& findings) {
  const SubmissionRules rules = SubmissionRules::read(package, context, findings);
  std::vector<ReferenceSubmission> submissions;
  const fs::path root = package / "submissions";
  for (const PackageEntry& folder : package_entries(root, findings)) {
    if (!folder.is_directory) {
      if (folder.name == "submissions.yaml" || folder.name.starts_with("README")) continue;
      findings.warning("misplaced-submission",
                       fmt::format("submissions/{} lies in no folder and is ignored", folder.name),
                       root.string(), "move it into submissions/accepted/ or the like");
      continue;
    }
    for (const PackageEntry& entry : package_entries(folder.path, findings)) {
      if (entry.name.starts_with("README") || entry.name == "__pycache__") continue;
      ReferenceSubmission submission;
      submission.name = folder.name + "/" + entry.name;
      submission.files = entry.is_directory ? package_files_below(entry.path, findings)
                                            : std::vector<fs::path>{entry.path};
      if (submission.files.empty()) continue;
      rules.apply(submission, findings);
      submissions.push_back(std::move(submission));
    }
  }
  return submissions;
}

}  // namespace eval::problems
