#include "runners/local/text/pre_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "runners/local/text/normalizer.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

constexpr int kDepthMax = 8;
// GPT-2's, which "ByteLevel" uses unless told otherwise.
constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

std::string_view part(const std::string& text, TextRange range) {
  return std::string_view(text).substr(range.begin, range.end - range.begin);
}

// Rewrites every piece by `function(piece, is_first, out)`, which appends.
template <class Function>
void rewrite(PieceText& pieces, Function function) {
  std::string text;
  text.reserve(pieces.text.size() + pieces.text.size() / 2);
  bool first = true;
  for (TextRange& range : pieces.pieces) {
    const std::size_t begin = text.size();
    function(part(pieces.text, range), first, text);
    range = {begin, text.size()};
    first = false;
  }
  pieces.text = std::move(text);
}

void spell_bytes(PieceText& pieces) {
  rewrite(pieces, [](std::string_view piece, bool, std::string& out) {
    for (const char c : piece) append_utf8(out, character_of_byte(static_cast<unsigned char>(c)));
  });
}

void prefix_spaces(PieceText& pieces) {
  rewrite(pieces, [](std::string_view piece, bool, std::string& out) {
    if (!piece.starts_with(' ')) out += ' ';
    out += piece;
  });
}

}  // namespace

Result<PreTokenizer::Behaviour> PreTokenizer::read_behaviour(const Json& description,
                                                             std::string_view fallback) {
  const std::string name = EVAL_TRY(read_string(description, "behavior", std::string(fallback)));
  if (name == "Removed") return Behaviour::Removed;
  if (name == "Isolated") return Behaviour::Isolated;
  if (name == "MergedWithPrevious") return Behaviour::MergedWithPrevious;
  if (name == "MergedWithNext") return Behaviour::MergedWithNext;
  if (name == "Contiguous") return Behaviour::Contiguous;
  return fail(ErrorCode::BadInput,
              fmt::format("\"behavior\": there is no \"{}\"", shorten(name, 60)));
}

Result<PreTokenizer::Step> PreTokenizer::make_split(const Json& description) {
  Pattern pattern = EVAL_TRY_IN(read_pattern(description), "Split");
  const Behaviour behaviour = EVAL_TRY_IN(read_behaviour(description, ""), "Split");
  return Split{std::move(pattern), behaviour, EVAL_TRY(read_bool(description, "invert", false))};
}

Result<std::vector<PreTokenizer::Step>> PreTokenizer::make_byte_level(const Json& description) {
  std::vector<Step> steps;
  if (EVAL_TRY(read_bool(description, "add_prefix_space", true))) steps.push_back(PrefixSpace{});
  if (EVAL_TRY(read_bool(description, "use_regex", true))) {
    steps.push_back(Split{EVAL_TRY(Pattern::compile(kGpt2Pattern)), Behaviour::Isolated, false});
  }
  steps.push_back(ByteLevel{});
  return steps;
}

Result<std::vector<PreTokenizer::Step>> PreTokenizer::make_metaspace(const Json& description) {
  Metaspace metaspace;
  metaspace.replacement = EVAL_TRY(read_string(description, "replacement", "\u2581"));
  if (metaspace.replacement.empty() ||
      read_utf8(metaspace.replacement).bytes != metaspace.replacement.size()) {
    return fail(ErrorCode::BadInput, "Metaspace: \"replacement\" should be one character");
  }
  // Files from before there were schemes say add_prefix_space instead.
  const bool prefix = EVAL_TRY(read_bool(description, "add_prefix_space", true));
  const std::string scheme =
      EVAL_TRY(read_string(description, "prepend_scheme", prefix ? "always" : "never"));
  if (scheme == "always") {
    metaspace.scheme = PrependScheme::Always;
  } else if (scheme == "first") {
    metaspace.scheme = PrependScheme::First;
  } else if (scheme == "never") {
    metaspace.scheme = PrependScheme::Never;
  } else {
    return fail(ErrorCode::BadInput,
                fmt::format("Metaspace: there is no prepend_scheme \"{}\"", shorten(scheme, 60)));
  }
  std::vector<Step> steps{metaspace};
  if (EVAL_TRY(read_bool(description, "split", true))) {
    steps.push_back(
        Split{EVAL_TRY(Pattern::literal(metaspace.replacement)), Behaviour::MergedWithNext, false});
  }
  return steps;
}

Result<std::vector<PreTokenizer::Step>> PreTokenizer::make_steps(const Json& description,
                                                                 int depth) {
  const std::string type = EVAL_TRY(read_string(description, "type"));
  if (type == "ByteLevel") return make_byte_level(description);
  if (type == "Metaspace") return make_metaspace(description);
  if (type == "Split") return std::vector<Step>{EVAL_TRY(make_split(description))};
  if (type == "Digits") {
    const bool each = EVAL_TRY(read_bool(description, "individual_digits", false));
    return std::vector<Step>{
        Split{Kind::Numeric, each ? Behaviour::Isolated : Behaviour::Contiguous, false}};
  }
  if (type == "Whitespace") {
    // Words and runs of symbols; what is between them is dropped.
    Pattern words =
        EVAL_TRY(Pattern::compile(fmt::format(R"([{0}]+|[^{0}\s]+)", kRustWordMembers)));
    return std::vector<Step>{Split{std::move(words), Behaviour::Removed, true}};
  }
  if (type == "WhitespaceSplit") {
    return std::vector<Step>{Split{Kind::WhiteSpace, Behaviour::Removed, false}};
  }
  if (type == "BertPreTokenizer") {
    return std::vector<Step>{Split{Kind::WhiteSpace, Behaviour::Removed, false},
                             Split{Kind::Punctuation, Behaviour::Isolated, false}};
  }
  if (type == "Punctuation") {
    return std::vector<Step>{
        Split{Kind::Punctuation, EVAL_TRY(read_behaviour(description, "Isolated")), false}};
  }
  if (type == "CharDelimiterSplit") {
    const std::string delimiter = EVAL_TRY(read_string(description, "delimiter"));
    return std::vector<Step>{
        Split{EVAL_TRY_IN(Pattern::literal(delimiter), type), Behaviour::Removed, false}};
  }
  if (type != "Sequence") {
    return fail(ErrorCode::Unsupported,
                fmt::format("the pre-tokenizer \"{}\" is not supported", shorten(type, 60)));
  }
  const Json* members = find_member(description, "pretokenizers");
  if (members == nullptr || !members->is_array() || depth >= kDepthMax) {
    return fail(ErrorCode::BadInput, "\"pretokenizers\" should be a list, not deeply nested");
  }
  std::vector<Step> steps;
  for (const Json& member : *members) {
    for (Step& step : EVAL_TRY_IN(make_steps(member, depth + 1), "Sequence")) {
      steps.push_back(std::move(step));
    }
  }
  return steps;
}

Result<PreTokenizer> PreTokenizer::create(const Json* description) {
  PreTokenizer made;
  if (description != nullptr) made.steps_ = EVAL_TRY(make_steps(*description, 0));
  return made;
}

Result<void> PreTokenizer::find(const Split& split, std::string_view piece,
                                std::vector<TextRange>& matches) {
  if (const auto* pattern = std::get_if<Pattern>(&split.at))
    return pattern->find_all(piece, matches);
  for (std::size_t at = 0; at < piece.size();) {
    const Utf8Character character = read_utf8(piece.substr(at));
    bool is_kind = false;
    switch (std::get<Kind>(split.at)) {
      case Kind::WhiteSpace:
        is_kind = is_white_space(character.code_point);
        break;
      case Kind::Numeric:
        is_kind = is_numeric(character.code_point);
        break;
      case Kind::Punctuation:
        is_kind = is_punctuation(character.code_point);
        break;
    }
    if (is_kind) matches.push_back({at, at + character.bytes});
    at += character.bytes;
  }
  return {};
}

// What the tokenizers library does with matches and what lies between them
// (SplitDelimiterBehavior).
void PreTokenizer::join(const Split& split, std::size_t size, const std::vector<TextRange>& matches,
                        std::size_t offset, std::vector<TextRange>& pieces) {
  struct Part {
    TextRange range;
    bool is_match = false;
  };
  std::vector<Part> parts;
  std::size_t done = 0;
  for (const TextRange& match : matches) {
    if (match.begin > done) parts.push_back({{done, match.begin}, split.invert});
    parts.push_back({match, !split.invert});
    done = match.end;
  }
  if (done < size) parts.push_back({{done, size}, split.invert});

  const bool backwards = split.behaviour == Behaviour::MergedWithNext;
  if (backwards) std::reverse(parts.begin(), parts.end());
  std::vector<TextRange> joined;
  bool previous = false;
  for (const Part& each : parts) {
    bool merge = false;
    switch (split.behaviour) {
      case Behaviour::Removed:
        if (each.is_match) continue;
        break;
      case Behaviour::Isolated:
        break;
      case Behaviour::MergedWithPrevious:
      case Behaviour::MergedWithNext:
        merge = each.is_match && !previous;
        break;
      case Behaviour::Contiguous:
        merge = each.is_match == previous;
        break;
    }
    previous = each.is_match;
    if (!merge || joined.empty()) {
      joined.push_back(each.range);
    } else if (backwards) {
      joined.back().begin = each.range.begin;
    } else {
      joined.back().end = each.range.end;
    }
  }
  if (backwards) std::reverse(joined.begin(), joined.end());
  for (const TextRange& range : joined) {
    if (range.begin < range.end) pieces.push_back({range.begin + offset, range.end + offset});
  }
}

Result<void> PreTokenizer::apply_split(const Split& split, PieceText& pieces) {
  std::vector<TextRange> result;
  std::vector<TextRange> matches;
  for (const TextRange& range : pieces.pieces) {
    const std::string_view piece = part(pieces.text, range);
    matches.clear();
    EVAL_TRY(find(split, piece, matches));
    join(split, piece.size(), matches, range.begin, result);
  }
  if (result.empty() || result.front().begin > pieces.pieces.front().begin) {
    pieces.begins_text = false;
  }
  pieces.pieces = std::move(result);
  return {};
}

void PreTokenizer::apply_metaspace(const Metaspace& metaspace, PieceText& pieces) {
  const bool begins_text = pieces.begins_text;
  rewrite(pieces, [&](std::string_view piece, bool first, std::string& out) {
    const bool wanted = metaspace.scheme == PrependScheme::Always ||
                        (metaspace.scheme == PrependScheme::First && first && begins_text);
    if (wanted && !piece.starts_with(metaspace.replacement) && !piece.starts_with(' ')) {
      out += metaspace.replacement;
    }
    for (const char c : piece) {
      if (c == ' ') {
        out += metaspace.replacement;
      } else {
        out += c;
      }
    }
  });
}

Result<void> PreTokenizer::apply(PieceText& pieces) const {
  for (const Step& step : steps_) {
    if (const auto* split = std::get_if<Split>(&step)) {
      EVAL_TRY(apply_split(*split, pieces));
    } else if (const auto* metaspace = std::get_if<Metaspace>(&step)) {
      apply_metaspace(*metaspace, pieces);
    } else if (std::holds_alternative<PrefixSpace>(step)) {
      prefix_spaces(pieces);
    } else {
      spell_bytes(pieces);
    }
  }
  return {};
}

}  // namespace eval::runners::local
