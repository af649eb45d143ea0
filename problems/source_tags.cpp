#include "base/text.h"
#include "problems/expectations.h"
#include "problems/package_files.h"

namespace eval::problems {
namespace {

// The rest of the line after the first `tag` (and an optional colon), without the end of the comment
// it stands in.
std::optional<std::string> tag_value(std::string_view source, std::string_view upper_source,
                                     std::string_view tag) {
  const std::size_t at = upper_source.find(tag);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view value = source.substr(at + tag.size());
  value = value.substr(0, value.find('\n'));
  if (value.starts_with(':')) value.remove_prefix(1);
  for (const std::string_view end : {"*/", "-->", "*)", "-}"}) {
    value = value.substr(0, value.find(end));
  }
  return std::string(trim(value));
}

std::string to_upper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

}  // namespace

SourceTags read_source_tags(const std::vector<fs::path>& files) {
  SourceTags tags;
  for (const fs::path& file : files) {
    // What cannot be read here is reported when the submission is used; a binary has no tags.
    const auto source = read_file(file, kPackageTextLimit);
    if (!source || source->find("@E") == std::string::npos) continue;
    const std::string upper = to_upper(*source);
    // Comments speak of the tags too: it is the colon that makes one, as in DOMjudge.
    const auto results = tag_value(*source, upper, "@EXPECTED_RESULTS@:");
    const auto score = tag_value(*source, upper, "@EXPECTED_SCORE@:");
    if (score && !tags.score) tags.score = parse_double(*score);
    // To DOMjudge both tags are one, and what is no number is results.
    const bool says_results = score && !parse_double(*score);
    if (const auto& value = results || !says_results ? results : score; value && !tags.results) {
      tags.results.emplace();
      for (const std::string& code : split(*value, ','))
        tags.results->push_back(to_upper(trim(code)));
    }
    if (const auto value = tag_value(*source, upper, "@EXPECTED_GRADES@");
        value && tags.grades.empty()) {
      for (const std::string_view code : split_words(*value)) tags.grades.push_back(to_upper(code));
    }
  }
  return tags;
}

}  // namespace eval::problems
