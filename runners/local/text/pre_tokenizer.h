#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/text/pattern.h"

namespace eval::runners::local {

// A text on its way to the model: what is left of it, and the pieces that are encoded each by
// itself, in order, none of them empty.
struct PieceText {
  std::string text;
  std::vector<TextRange> pieces;
  bool begins_text = true;  // the first piece is the beginning of what the user gave
};

// How a text is split: the "pre_tokenizer" of a tokenizer.json. Immutable.
class PreTokenizer {
 public:
  // `description` may be null: one piece. Unsupported names the type.
  static Result<PreTokenizer> create(const Json* description);
  // Splits every piece of `pieces`. Errors as Pattern::find_all.
  Result<void> apply(PieceText& pieces) const;

 private:
  enum class Behaviour { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };
  // Where a text is split: at what a pattern matches, or at characters of a kind.
  enum class Kind { WhiteSpace, Numeric, Punctuation };
  struct Split {
    std::variant<Pattern, Kind> at;
    Behaviour behaviour = Behaviour::Isolated;
    bool invert = false;
  };
  enum class PrependScheme { Always, First, Never };
  struct Metaspace {
    std::string replacement;
    PrependScheme scheme = PrependScheme::Always;
  };
  struct PrefixSpace {};  // a space in front of a piece that has none
  struct ByteLevel {};    // bytes become the characters that spell them
  using Step = std::variant<Split, Metaspace, PrefixSpace, ByteLevel>;

  static Result<std::vector<Step>> make_steps(const Json& description, int depth);
  static Result<std::vector<Step>> make_byte_level(const Json& description);
  static Result<std::vector<Step>> make_metaspace(const Json& description);
  static Result<Step> make_split(const Json& description);
  static Result<Behaviour> read_behaviour(const Json& description, std::string_view fallback);
  static Result<void> find(const Split& split, std::string_view piece,
                           std::vector<TextRange>& matches);
  static void join(const Split& split, std::size_t size, const std::vector<TextRange>& matches,
                   std::size_t offset, std::vector<TextRange>& pieces);
  static Result<void> apply_split(const Split& split, PieceText& pieces);
  static void apply_metaspace(const Metaspace& metaspace, PieceText& pieces);

  std::vector<Step> steps_;
};

}  // namespace eval::runners::local
