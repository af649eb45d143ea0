#include "runners/local/text/normalizer.h"

#include <fmt/format.h>

#include "base/text.h"

namespace eval::runners::local {
namespace {

constexpr int kDepthMax = 8;

template <class... Functions>
struct Overload : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overload(Functions...) -> Overload<Functions...>;

Result<std::string> replace_matches(const Pattern& pattern, const std::string& text,
                                    std::string_view with) {
  std::vector<TextRange> matches;
  EVAL_TRY(pattern.find_all(text, matches));
  std::string replaced;
  std::size_t done = 0;
  for (const TextRange& match : matches) {
    replaced += std::string_view(text).substr(done, match.begin - done);
    replaced += with;
    done = match.end;
  }
  replaced += std::string_view(text).substr(done);
  return replaced;
}

std::string to_byte_characters(std::string_view text) {
  std::string spelled;
  for (const char c : text) append_utf8(spelled, character_of_byte(static_cast<unsigned char>(c)));
  return spelled;
}

}  // namespace

Result<Pattern> read_pattern(const Json& object) {
  const Json* pattern = find_member(object, "pattern");
  if (pattern != nullptr && pattern->is_string()) {
    return Pattern::literal(pattern->get_ref<const std::string&>());
  }
  if (pattern != nullptr) {
    const std::string text = EVAL_TRY(read_string(*pattern, "String"));
    if (!text.empty()) return Pattern::literal(text);
    const std::string regex = EVAL_TRY(read_string(*pattern, "Regex"));
    if (!regex.empty()) return Pattern::compile(regex);
  }
  return fail(ErrorCode::BadInput, R"("pattern" should be {"String": ...} or {"Regex": ...})");
}

Result<std::vector<Normalizer::Step>> Normalizer::make_steps(const Json& description, int depth) {
  const std::string type = EVAL_TRY(read_string(description, "type"));
  if (type == "NFC") return std::vector<Step>{NormalForm::Nfc};
  if (type == "NFD") return std::vector<Step>{NormalForm::Nfd};
  if (type == "NFKC") return std::vector<Step>{NormalForm::Nfkc};
  if (type == "NFKD") return std::vector<Step>{NormalForm::Nfkd};
  if (type == "Lowercase") return std::vector<Step>{Plain::Lower};
  if (type == "StripAccents") return std::vector<Step>{Plain::StripAccents};
  if (type == "ByteLevel") return std::vector<Step>{Plain::ByteLevel};
  if (type == "Prepend") {
    return std::vector<Step>{Prepend{EVAL_TRY(read_string(description, "prepend"))}};
  }
  if (type == "Replace") {
    Pattern pattern = EVAL_TRY_IN(read_pattern(description), "Replace");
    return std::vector<Step>{
        Replace{std::move(pattern), EVAL_TRY(read_string(description, "content"))}};
  }
  if (type == "Strip") {
    return std::vector<Step>{Strip{EVAL_TRY(read_bool(description, "strip_left", true)),
                                   EVAL_TRY(read_bool(description, "strip_right", true))}};
  }
  if (type == "Sequence") {
    const Json* members = find_member(description, "normalizers");
    if (members == nullptr || !members->is_array() || depth >= kDepthMax) {
      return fail(ErrorCode::BadInput, "\"normalizers\" should be a list, not deeply nested");
    }
    std::vector<Step> steps;
    for (const Json& member : *members) {
      for (Step& step : EVAL_TRY_IN(make_steps(member, depth + 1), "Sequence")) {
        steps.push_back(std::move(step));
      }
    }
    return steps;
  }
  return fail(ErrorCode::Unsupported,
              fmt::format("the normalizer \"{}\" is not supported", shorten(type, 60)));
}

Result<Normalizer> Normalizer::create(const Json* description) {
  Normalizer normalizer;
  if (description != nullptr) normalizer.steps_ = EVAL_TRY(make_steps(*description, 0));
  return normalizer;
}

Result<std::string> Normalizer::apply_step(const Step& step, std::string text) {
  return std::visit(Overload{[&](NormalForm form) -> Result<std::string> {
                               return normalize_unicode(text, form);
                             },
                             [&](const Prepend& prepend) -> Result<std::string> {
                               return text.empty() ? text : prepend.text + text;
                             },
                             [&](const Replace& replace) -> Result<std::string> {
                               return replace_matches(replace.pattern, text, replace.with);
                             },
                             [&](const Strip& sides) -> Result<std::string> {
                               std::string_view kept = text;
                               if (sides.left) kept = trim_left(kept);
                               if (sides.right) kept = trim_right(kept);
                               return std::string(kept);
                             },
                             [&](Plain plain) -> Result<std::string> {
                               switch (plain) {
                                 case Plain::Lower:
                                   return lower_unicode(text);
                                 case Plain::StripAccents:
                                   return without_marks(text);
                                 case Plain::ByteLevel:
                                   return to_byte_characters(text);
                               }
                               return text;
                             }},
                    step);
}

Result<std::string> Normalizer::apply(std::string_view text) const {
  std::string result(text);
  for (const Step& step : steps_) result = EVAL_TRY(apply_step(step, std::move(result)));
  return result;
}

}  // namespace eval::runners::local
