#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "problems/findings.h"
#include "problems/package_yaml.h"
#include "problems/problem.h"

namespace eval::problems {

// True if `path` ("secret/group1/03") or a directory above it matches `pattern` as submissions.yaml
// writes patterns: `*` and `?` stay within one name, `{a,b}` stands for either.
bool matches_path_pattern(std::string_view path, std::string_view pattern);

// What promises of a submission need to know of its problem.
struct PromiseContext {
  Dialect dialect = Dialect::Legacy;
  bool is_scoring = false;
  std::optional<double> full_score;        // nullopt: unbounded
  std::vector<std::string> secret_groups;  // "secret/group1", ... in judging order
};

// `@EXPECTED_...@` lines in the sources of a submission.
struct SourceTags {
  std::optional<std::vector<std::string>> results;  // DOMjudge's codes, as written
  std::optional<double> score;
  std::vector<std::string> grades;  // verdicts of the groups in order (Swedish olympiads)
};

SourceTags read_source_tags(const std::vector<fs::path>& files);

// The promises of submissions/submissions.yaml on top of the format's default folders.
class SubmissionRules {
 public:
  // Reads the file if the package has one.
  static SubmissionRules read(const fs::path& package, const PromiseContext& context,
                              Findings& findings);

  // Fills in all that is promised of `submission`, whose name and files are set: first by the
  // rules that match its name; else by its folder; then by its source tags where they count.
  void apply(ReferenceSubmission& submission, Findings& findings) const;

 private:
  using Codes = std::set<std::string>;

  // Requirements on one set of testcases.
  struct Rule {
    std::optional<Codes> permitted;
    std::optional<Codes> required;
    std::optional<std::pair<double, double>> score;
    std::optional<std::string> message;
    std::optional<bool> bounds_time_limit;  // from below; nullopt: as `permitted` implies
  };
  struct Entry {
    std::string pattern;
    Rule rule;
    std::optional<std::string> language;
    std::optional<std::string> entry_point;
    std::vector<std::pair<std::string, Rule>> parts;  // by testcase pattern
  };

  static std::vector<Entry> default_entries();
  void read_entry(const std::string& pattern, const Json& value, const std::string& where,
                  Findings& findings);
  static Rule read_rule(class MapReader& reader, Rule rule);
  bool apply_entries(ReferenceSubmission& submission) const;
  void apply_folder(ReferenceSubmission& submission, Findings& findings) const;
  void apply_tags(ReferenceSubmission& submission, Findings& findings) const;
  void apply_full_score(ReferenceSubmission& submission) const;
  ReferenceSubmission::Pattern make_pattern(std::string glob, const Rule& rule) const;
  std::vector<std::string> testcase_codes(const Codes& codes) const;
  std::vector<std::string> final_codes(Codes codes) const;

  PromiseContext context_;
  std::vector<Entry> entries_;
};

// The submissions that ship with the package, with their promises, in byte order of their names.
std::vector<ReferenceSubmission> read_submissions(const fs::path& package,
                                                  const PromiseContext& context,
                                                  Findings& findings);

}  // namespace eval::problems
