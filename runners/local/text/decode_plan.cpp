#include "runners/local/text/decode_plan.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

constexpr int kDepthMax = 8;
constexpr std::int64_t kStripMax = 1024;

bool is_one_character(std::string_view text) {
  return !text.empty() && read_utf8(text).bytes == text.size();
}

// The bytes that the characters spell; a token with any other character stands for itself.
std::string spelled_bytes(std::string_view token) {
  std::string bytes;
  for (std::size_t at = 0; at < token.size();) {
    const Utf8Character character = read_utf8(token.substr(at));
    const int byte = byte_of_character(character.code_point);
    if (character.status != Utf8Status::Whole || byte < 0) return std::string(token);
    bytes += static_cast<char>(byte);
    at += character.bytes;
  }
  return bytes;
}

// "<0x0A>" is the byte 10.
std::string fallback_byte(std::string token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token.back() != '>') return token;
  unsigned byte = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  if (error != std::errc() || end != token.data() + 5) return token;
  return std::string(1, static_cast<char>(byte));
}

std::string strip_token(std::string_view token, std::string_view character, std::size_t start,
                        std::size_t stop) {
  for (; start > 0 && token.starts_with(character); --start) token.remove_prefix(character.size());
  for (; stop > 0 && token.ends_with(character); --stop) token.remove_suffix(character.size());
  return std::string(token);
}

}  // namespace

Result<DecodePlan> DecodePlan::create(const Json* description) {
  if (description == nullptr) {
    return fail(ErrorCode::Unsupported,
                "the tokenizer has no decoder, so its tokens cannot become text again");
  }
  DecodePlan plan;
  EVAL_TRY(plan.add(*description, 0));
  return plan;
}

Result<void> DecodePlan::add(const Json& description, int depth) {
  const std::string type = EVAL_TRY(read_string(description, "type"));
  if (type == "Sequence") {
    const Json* members = find_member(description, "decoders");
    if (members == nullptr || !members->is_array() || depth >= kDepthMax) {
      return fail(ErrorCode::BadInput, "\"decoders\" should be a list, not deeply nested");
    }
    for (const Json& member : *members) EVAL_TRY_IN(add(member, depth + 1), "Sequence");
    return {};
  }
  if (type == "Fuse") {
    fused_ = true;
    return {};
  }
  if (type == "Replace") return add_replace(description);
  if (type == "Strip") return add_strip(description);
  if (fused_) {
    return fail(
        ErrorCode::Unsupported,
        fmt::format("the decoder \"{}\" after \"Fuse\" is not supported", shorten(type, 60)));
  }
  if (type == "ByteLevel") {
    steps_.push_back({.kind = Kind::ByteLevel, .from = {}, .to = {}});
  } else if (type == "ByteFallback") {
    steps_.push_back({.kind = Kind::ByteFallback, .from = {}, .to = {}});
  } else if (type == "BPEDecoder") {
    // It writes no space after the last token of a text, which only the end of the text can tell.
    return fail(ErrorCode::Unsupported, "the decoder \"BPEDecoder\" is not supported");
  } else if (type == "Metaspace") {
    const bool prefix = EVAL_TRY(read_bool(description, "add_prefix_space", true));
    const std::string scheme =
        EVAL_TRY(read_string(description, "prepend_scheme", prefix ? "always" : "never"));
    steps_.push_back({.kind = Kind::Metaspace,
                      .from = EVAL_TRY(read_string(description, "replacement", "\u2581")),
                      .to = " "});
    drops_on_first_ = drops_on_first_ || scheme != "never";
    if (!is_one_character(steps_.back().from)) {
      return fail(ErrorCode::BadInput, "Metaspace: \"replacement\" should be one character");
    }
    if (scheme == "never") steps_.back().kind = Kind::Replace;
  } else {
    return fail(ErrorCode::Unsupported,
                fmt::format("the decoder \"{}\" is not supported", shorten(type, 60)));
  }
  return {};
}

Result<void> DecodePlan::add_replace(const Json& description) {
  const Json* pattern = find_member(description, "pattern");
  const std::string from =
      pattern == nullptr ? std::string() : EVAL_TRY(read_string(*pattern, "String"));
  // Of a single character it does not matter whether tokens or their text are replaced in.
  if (from.empty() || (fused_ && !is_one_character(from))) {
    return fail(ErrorCode::Unsupported,
                "the decoder \"Replace\" is supported for a text only, after \"Fuse\" for one "
                "character only");
  }
  steps_.push_back(
      {.kind = Kind::Replace, .from = from, .to = EVAL_TRY(read_string(description, "content"))});
  return {};
}

Result<void> DecodePlan::add_strip(const Json& description) {
  const std::string character = EVAL_TRY(read_string(description, "content"));
  const std::int64_t start = EVAL_TRY(read_integer(description, "start", 0));
  const std::int64_t stop = EVAL_TRY(read_integer(description, "stop", 0));
  if (!is_one_character(character) || start < 0 || stop < 0 || start > kStripMax ||
      stop > kStripMax) {
    return fail(ErrorCode::BadInput,
                "Strip: \"content\" should be one character, \"start\" and \"stop\" small numbers");
  }
  if (!fused_) {
    steps_.push_back({.kind = Kind::StripToken,
                      .from = character,
                      .to = {},
                      .start = static_cast<std::size_t>(start),
                      .stop = static_cast<std::size_t>(stop)});
    return {};
  }
  if (stop > 0 || !strip_.empty()) {
    return fail(ErrorCode::Unsupported,
                "the decoder \"Strip\" after \"Fuse\" is supported once, at the start of the text");
  }
  strip_ = character;
  strip_count_ = static_cast<std::size_t>(start);
  return {};
}

std::string DecodePlan::bytes(std::string_view token, bool first, bool added) const {
  std::string text(token);
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::ByteLevel:
        if (!added) text = spelled_bytes(text);
        break;
      case Kind::ByteFallback:
        text = fallback_byte(std::move(text));
        break;
      case Kind::Replace:
        text = replace_all(std::move(text), step.from, step.to);
        break;
      case Kind::StripToken:
        text = strip_token(text, step.from, step.start, step.stop);
        break;
      case Kind::Metaspace:
        text = replace_all(std::move(text), step.from, first ? "" : step.to);
        break;
    }
  }
  return text;
}

}  // namespace eval::runners::local
