#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/text/bpe.h"
#include "runners/local/text/normalizer.h"
#include "runners/local/text/pattern.h"
#include "runners/local/text/tokenizer.h"

namespace eval::runners::local {

// One entry of "added_tokens": a text that is a token as a whole, found before anything is split.
struct AddedToken {
  TokenId id = 0;
  std::string content;
  bool single_word = false;  // not inside a longer word
  bool left_strip = false;   // takes the white space before it along
  bool right_strip = false;
  bool normalized = false;  // looked for after the normalizer, not before
  bool special = false;
  // Special, or enclosed in "<>" or "[]" (tokenizer.h says why).
  bool is_control() const;
};

// A stretch of text: one added token, or what lies between them.
struct Stretch {
  TextRange range;
  const AddedToken* token = nullptr;
};

// Finds texts in a text: leftmost first, longest of those. Immutable.
class TokenTrie {
 public:
  TokenTrie() : nodes_(1) {}
  void insert(std::string_view text, std::size_t value);
  // The longest inserted text that `text` begins with: its size and value.
  std::optional<std::pair<std::size_t, std::size_t>> longest(std::string_view text) const;
  bool begins(char c) const { return begins_[static_cast<unsigned char>(c)]; }

 private:
  struct Node {
    std::vector<std::pair<unsigned char, std::uint32_t>> next;
    std::optional<std::size_t> value;
  };
  std::vector<Node> nodes_;
  std::vector<bool> begins_ = std::vector<bool>(256);
};

// All added tokens of a tokenizer. Immutable, thread-safe.
class AddedTokens {
 public:
  // BadInput for ids that are out of range, there twice, or another token's in the vocabulary.
  static Result<AddedTokens> create(const Json& file, const BpeModel& model,
                                    const Normalizer& normalizer);

  const std::vector<AddedToken>& tokens() const { return tokens_; }

  enum class Which {
    Raw,         // those looked for before the normalizer
    Normalized,  // those looked for after it
    Control,     // control tokens of both kinds, as they are written
  };
  // Cuts `text` into stretches, in order. Tokens that are control tokens stay text unless
  // `control`.
  void cut(std::string_view text, Which which, bool control, std::vector<Stretch>& stretches) const;

 private:
  AddedTokens() : words_(WordCharacters::create()) {}
  static Result<AddedToken> read(const Json& entry, const BpeModel& model);

  std::vector<AddedToken> tokens_;
  TokenTrie raw_;
  TokenTrie normalized_;
  TokenTrie control_;
  WordCharacters words_;
};

}  // namespace eval::runners::local
