#include "judges/proof/reply_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace eval::judges::proof {
namespace {

struct Element {
  std::string attributes;
  std::string content;
};

// Every <name ...>content</name>, in order; elements of one name do not nest here.
std::vector<Element> elements(std::string_view text, std::string_view name) {
  const std::string open = fmt::format("<{}", name);
  const std::string close = fmt::format("</{}>", name);
  std::vector<Element> found;
  for (std::size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    at += open.size();
    const std::size_t end_of_tag = text.find('>', at);
    if (end_of_tag == std::string_view::npos) break;
    const std::string_view attributes = text.substr(at, end_of_tag - at);
    if (!attributes.empty() && attributes.front() != ' ') continue;
    const std::size_t end = text.find(close, end_of_tag);
    if (end == std::string_view::npos) break;
    found.push_back({std::string(attributes),
                     std::string(trim(text.substr(end_of_tag + 1, end - end_of_tag - 1)))});
    at = end + close.size();
  }
  return found;
}

std::optional<double> attribute(std::string_view attributes, std::string_view name) {
  const std::string open = fmt::format("{}=\"", name);
  const std::size_t at = attributes.find(open);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t start = at + open.size();
  return parse_double(attributes.substr(start, attributes.find('"', start) - start));
}

std::optional<double> whole(std::string_view text) {
  const auto number = parse_integer(trim(text));
  if (!number || *number < 0 || *number > static_cast<long long>(kMarkMax)) return std::nullopt;
  return static_cast<double>(*number);
}

std::optional<ParsedMark> autograder_mark(std::string_view reply) {
  const auto points = elements(reply, "points");
  if (points.empty()) return std::nullopt;
  const auto words = split_words(points.front().content);
  const bool is_form =
      words.size() == 4 && words[1] == "out" && words[2] == "of" && words[3] == "7";
  if (!is_form) return std::nullopt;
  const auto mark = whole(words[0]);
  if (!mark || (*mark != 0 && *mark != 1 && *mark != 6 && *mark != 7)) return std::nullopt;
  return ParsedMark{*mark, {}, std::string(trim(reply))};
}

std::optional<ParsedMark> verifier_mark(std::string_view reply) {
  const auto boxed = last_boxed(reply);
  if (!boxed) return std::nullopt;
  const auto score = parse_double(trim(*boxed));
  if (!score || (*score != 0 && *score != 0.5 && *score != 1)) return std::nullopt;
  return ParsedMark{*score * kMarkMax, {}, std::string(trim(reply))};
}

std::optional<ParsedMark> matharena_mark(std::string_view reply) {
  const auto points = elements(reply, "points");
  if (points.empty()) return std::nullopt;
  const auto mark = whole(points.back().content);
  if (!mark) return std::nullopt;
  ParsedMark parsed{*mark, {}, ""};
  parsed.comment = tagged_text(reply, "assessment").value_or("");
  if (const auto errors = tagged_text(reply, "errors")) {
    parsed.comment += (parsed.comment.empty() ? "Errors: " : "\n\nErrors: ") + *errors;
  }
  if (parsed.comment.empty()) parsed.comment = std::string(trim(reply));
  return parsed;
}

std::optional<ParsedMark> rubric_mark(std::string_view reply) {
  const auto points = elements(reply, "points");
  if (points.empty()) return std::nullopt;
  const auto mark = whole(points.front().content);
  if (!mark) return std::nullopt;
  for (const Element& other : points) {
    if (whole(other.content) != mark) return std::nullopt;
  }
  ParsedMark parsed{*mark, {}, tagged_text(reply, "comment").value_or(std::string(trim(reply)))};
  double sum = 0;
  for (const Element& part : elements(reply, "part")) {
    const auto number = attribute(part.attributes, "n");
    const auto part_points = attribute(part.attributes, "points");
    const bool is_form = number && part_points && *part_points >= 0 && *part_points <= kMarkMax;
    if (!is_form || *number < 1 || *number != std::floor(*number)) return std::nullopt;
    parsed.parts.push_back({static_cast<int>(*number), *part_points, part.content});
    sum += *part_points;
  }
  if (!parsed.parts.empty() && std::abs(sum - *mark) > 1e-9) return std::nullopt;
  return parsed;
}

}  // namespace

std::optional<ParsedMark> parse_mark(std::string_view reply, Preset preset) {
  switch (preset) {
    case Preset::ProofAutoGrader:
      return autograder_mark(reply);
    case Preset::MathArena:
      return matharena_mark(reply);
    case Preset::Verifier:
      return verifier_mark(reply);
    case Preset::Rubric:
      return rubric_mark(reply);
  }
  return std::nullopt;
}

std::optional<std::string> tagged_text(std::string_view reply, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t at = reply.rfind(open);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t start = at + open.size();
  const std::size_t end = reply.find(fmt::format("</{}>", name), start);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view content = trim(reply.substr(start, end - start));
  if (content.empty()) return std::nullopt;
  return std::string(content);
}

std::optional<std::string> last_boxed(std::string_view text) {
  constexpr std::string_view kOpen = "\\boxed";
  for (std::size_t at = text.rfind(kOpen); at != std::string_view::npos;
       at = at == 0 ? std::string_view::npos : text.rfind(kOpen, at - 1)) {
    std::size_t brace = at + kOpen.size();
    while (brace < text.size() && text[brace] == ' ') ++brace;
    if (brace >= text.size() || text[brace] != '{') continue;
    int depth = 0;
    for (std::size_t end = brace; end < text.size(); ++end) {
      if (text[end] == '\\') {
        ++end;  // \{ and \} are no braces
        continue;
      }
      depth += text[end] == '{' ? 1 : text[end] == '}' ? -1 : 0;
      if (depth == 0) return std::string(text.substr(brace + 1, end - brace - 1));
    }
  }
  return std::nullopt;
}

}  // namespace eval::judges::proof
