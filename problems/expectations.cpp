#include "problems/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

using Codes = std::set<std::string>;

// The formats have four verdicts. Their RTE is what we tell apart as RE, MLE and OLE.
const Codes kCrash = {"RE", "MLE", "OLE"};
const Codes kRejected = {"WA", "TLE", "RE", "MLE", "OLE"};
const Codes kAnyRun = {"AC", "WA", "TLE", "RE", "MLE", "OLE"};

// A score is a sum of rounded parts; a difference this small is not a broken promise.
constexpr double kScoreSlack = 1e-6;
// `@EXPECTED_SCORE@` is written with two decimals.
constexpr double kTagScoreSlack = 0.005;

Codes codes_of(std::string_view code) {
  if (code == "AC" || code == "WA" || code == "TLE" || code == "MLE" || code == "OLE")
    return {std::string(code)};
  if (code == "RTE" || code == "RE") return kCrash;
  return {};
}

// Verdicts promised by DOMjudge's codes, old and new spellings. Empty: not known.
Codes domjudge_codes(std::string_view code) {
  static const std::map<std::string, Codes, std::less<>> kCodes = {
      {"CORRECT", {"AC"}},
      {"ACCEPTED", {"AC"}},
      {"WRONG-ANSWER", {"WA"}},
      {"WRONG_ANSWER", {"WA"}},
      {"NO-OUTPUT", {"WA"}},
      {"NO_OUTPUT", {"WA"}},
      {"PRESENTATION-ERROR", {"WA"}},
      {"TIMELIMIT", {"TLE"}},
      {"TIME-LIMIT", {"TLE"}},
      {"TIME_LIMIT_EXCEEDED", {"TLE"}},
      {"RUN-ERROR", kCrash},
      {"RUN_TIME_ERROR", kCrash},
      {"MEMORY-LIMIT", {"MLE"}},
      {"MEMORY_LIMIT", {"MLE"}},
      {"OUTPUT-LIMIT", {"OLE"}},
      {"OUTPUT_LIMIT", {"OLE"}},
      {"COMPILER-ERROR", {"CE"}},
      {"COMPILER_ERROR", {"CE"}},
  };
  const auto found = kCodes.find(code);
  return found == kCodes.end() ? Codes{} : found->second;
}

// Folders of all dialects and what is customary beside them. Null: no promise by the folder alone.
const Codes* folder_codes(std::string_view folder) {
  static const std::map<std::string, Codes, std::less<>> kFolders = {
      {"accepted", {"AC"}},
      {"slow_accepted", {"AC", "TLE"}},
      {"wrong_answer", {"WA"}},
      {"time_limit_exceeded", {"TLE"}},
      {"run_time_error", kCrash},
      {"rejected", kRejected},
      {"brute_force", {"TLE", "RE", "MLE", "OLE"}},
      {"memory_limit_exceeded", {"MLE"}},
      {"output_limit_exceeded", {"OLE"}},
      {"compile_error", {"CE"}},
      {"compiler_error", {"CE"}},
      {"mixed", kAnyRun},
  };
  const auto found = kFolders.find(folder);
  return found == kFolders.end() ? nullptr : &found->second;
}

std::string folder_of(const ReferenceSubmission& submission) {
  return submission.name.substr(0, submission.name.find('/'));
}

// DOMjudge and BAPCtools ignore result tags in these folders, which say it all.
bool folder_decides(std::string_view folder) {
  return folder == "accepted" || folder == "wrong_answer" || folder == "time_limit_exceeded" ||
         folder == "run_time_error";
}

// BAPCtools checks itself with submissions in the wrong folder, named after their true verdict:
// "accepted/wa.bad.py".
std::optional<Codes> codes_of_bad_name(const ReferenceSubmission& submission) {
  const std::string file = submission.name.substr(submission.name.rfind('/') + 1);
  const std::vector<std::string> parts = split(file, '.');
  if (parts.size() != 3 || parts[1] != "bad") return std::nullopt;
  static const std::map<std::string, Codes> kNames = {
      {"ac", {"AC"}}, {"wa", {"WA"}}, {"tle", {"TLE"}}, {"rte", kCrash}};
  const auto found = kNames.find(parts[0]);
  if (found == kNames.end()) return std::nullopt;
  return found->second;
}

std::pair<double, double> around(double score, double slack) {
  return {score - slack, score + slack};
}

Codes intersection(const Codes& a, const Codes& b) {
  Codes both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
  return both;
}

}  // namespace

std::vector<std::string> SubmissionRules::testcase_codes(const Codes& codes) const {
  std::vector<std::string> list(codes.begin(), codes.end());
  // A testcase with part of its points is an accepted one in the format's words.
  if (context_.is_scoring && codes.contains("AC")) list.emplace_back("PC");
  return list;
}

std::vector<std::string> SubmissionRules::final_codes(Codes codes) const {
  // The format scores such a submission instead of rejecting it.
  const bool may_fail = codes.size() > 1 || !codes.contains("AC");
  if (context_.is_scoring && context_.dialect != Dialect::Legacy && may_fail) codes.insert("PC");
  return {codes.begin(), codes.end()};
}

ReferenceSubmission::Pattern SubmissionRules::make_pattern(std::string glob,
                                                           const Rule& rule) const {
  ReferenceSubmission::Pattern pattern;
  pattern.glob = std::move(glob);
  if (rule.permitted) pattern.permitted = testcase_codes(*rule.permitted);
  if (rule.required) pattern.required = testcase_codes(*rule.required);
  pattern.score_range = rule.score;
  pattern.message = rule.message;
  return pattern;
}

// Everything that the matching rules promise together. False if none matches.
bool SubmissionRules::apply_entries(ReferenceSubmission& submission) const {
  bool matched = false;
  bool must_be_slow = false;
  bool bounds_time_limit = false;
  Codes permitted = kAnyRun;
  Codes final = kAnyRun;
  for (const Entry& entry : entries_) {
    if (!matches_path_pattern(submission.name, entry.pattern)) continue;
    const Rule& rule = entry.rule;
    if (entry.language) submission.language = entry.language;
    if (entry.entry_point) submission.entry_point = entry.entry_point;
    if (rule.permitted) permitted = intersection(permitted, *rule.permitted);
    if (rule.required && !rule.required->contains("AC")) final.erase("AC");
    if (rule.required == Codes{"TLE"}) must_be_slow = true;
    if (rule.required && submission.required.empty()) {
      submission.required = testcase_codes(*rule.required);
    } else if (rule.required) {
      submission.patterns.push_back(make_pattern("*", Rule{.permitted = {},
                                                           .required = rule.required,
                                                           .score = {},
                                                           .message = {},
                                                           .bounds_time_limit = {}}));
    }
    if (rule.score) submission.score_range = rule.score;
    if (rule.message)
      submission.patterns.push_back(make_pattern("*", Rule{.permitted = {},
                                                           .required = {},
                                                           .score = {},
                                                           .message = rule.message,
                                                           .bounds_time_limit = {}}));
    bounds_time_limit |=
        rule.bounds_time_limit.value_or(rule.permitted && !rule.permitted->contains("TLE"));
    for (const auto& [glob, part] : entry.parts) {
      submission.patterns.push_back(make_pattern(glob, part));
      if (part.required && !part.required->contains("AC")) final.erase("AC");
      if (part.required == Codes{"TLE"}) must_be_slow = true;
    }
    // A rule of language or authors alone promises nothing.
    matched |=
        rule.permitted || rule.required || rule.score || rule.message || !entry.parts.empty();
  }
  if (!matched) return false;
  if (permitted != kAnyRun) submission.permitted = testcase_codes(permitted);
  submission.expected = final_codes(intersection(final, permitted));
  submission.sets_time_limit = bounds_time_limit && !must_be_slow;
  return true;
}

void SubmissionRules::apply_folder(ReferenceSubmission& submission, Findings& findings) const {
  const std::string folder = folder_of(submission);
  if (folder == "partially_accepted" && context_.is_scoring) {
    // Accepted as a whole, with less than the full score.
    submission.expected = {"AC", "PC"};
    if (context_.full_score)
      submission.score_range = {-std::numeric_limits<double>::infinity(),
                                *context_.full_score - kScoreSlack};
    return;
  }
  if (const Codes* codes = folder_codes(folder)) {
    submission.expected = final_codes(*codes);
    submission.sets_time_limit = folder == "accepted";
    return;
  }
  const SourceTags tags = read_source_tags(submission.files);
  if (tags.results || tags.score) return;
  findings.warning("submission-folder",
                   fmt::format("nothing is promised of submissions in \"{}\"", folder),
                   fmt::format("submissions/{}", submission.name),
                   "move them into a folder of the format, or add a rule to submissions.yaml");
}

void SubmissionRules::apply_tags(ReferenceSubmission& submission, Findings& findings) const {
  const SourceTags tags = read_source_tags(submission.files);
  const std::string where = "submissions/" + submission.name;
  if (tags.score) submission.score_range = around(*tags.score, kTagScoreSlack);
  if (tags.results && !folder_decides(folder_of(submission))) {
    Codes expected;
    for (const std::string& code : *tags.results) {
      const Codes codes = domjudge_codes(code);
      if (codes.empty() && code != "CHECK-MANUALLY") {
        findings.warning("expected-results",
                         fmt::format("the expected result \"{}\" is not known", code), where,
                         "use a code of DOMjudge: CORRECT, WRONG-ANSWER, TIMELIMIT, ...");
      }
      expected.insert(codes.begin(), codes.end());
    }
    submission.expected = {expected.begin(), expected.end()};
    submission.permitted.clear();
    submission.required.clear();
    submission.sets_time_limit = false;
  }
  // DOMjudge names the verdict of the worst part even where points are given for others.
  const bool part_of_score =
      tags.score && *tags.score > 0 && (!context_.full_score || *tags.score < *context_.full_score);
  if (context_.is_scoring && part_of_score && !submission.expected.empty())
    submission.expected.emplace_back("PC");
  if (tags.grades.empty()) return;
  if (tags.grades.size() != context_.secret_groups.size()) {
    findings.warning("expected-grades",
                     fmt::format("{} group verdicts are expected, but there are {} groups",
                                 tags.grades.size(), context_.secret_groups.size()),
                     where, "name one verdict for each group of data/secret/");
    return;
  }
  for (std::size_t i = 0; i < tags.grades.size(); ++i) {
    const Codes codes = codes_of(tags.grades[i]);
    Rule rule;
    rule.permitted = codes;
    rule.permitted->insert("AC");
    rule.required = codes;
    submission.patterns.push_back(make_pattern(context_.secret_groups[i], rule));
  }
}

void SubmissionRules::apply_full_score(ReferenceSubmission& submission) const {
  const bool accepted = submission.expected == std::vector<std::string>{"AC"};
  if (context_.is_scoring && accepted && context_.full_score && !submission.score_range)
    submission.score_range = around(*context_.full_score, kScoreSlack);
}

void SubmissionRules::apply(ReferenceSubmission& submission, Findings& findings) const {
  if (const auto codes = codes_of_bad_name(submission)) {
    submission.expected = {codes->begin(), codes->end()};
    return;
  }
  if (!apply_entries(submission)) {
    apply_folder(submission, findings);
  } else if (submission.expected.empty()) {
    findings.error("contradiction",
                   fmt::format("no verdict can satisfy all rules for {}", submission.name),
                   "submissions/submissions.yaml", "see which of its patterns match it");
  }
  apply_tags(submission, findings);
  apply_full_score(submission);
}

}  // namespace eval::problems
