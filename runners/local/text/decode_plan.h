#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace eval::runners::local {

// How tokens become text: the "decoder" of a tokenizer.json, as rules that can be followed token by
// token. Immutable.
class DecodePlan {
 public:
  // Unsupported for a decoder that has to see the whole text before it can say how it begins.
  static Result<DecodePlan> create(const Json* description);

  // The bytes that a token stands for.
  std::string bytes_of(std::string_view token) const { return bytes(token, false); }
  // The same for an added token: its letters are letters, never an alphabet of bytes.
  std::string added_bytes_of(std::string_view token) const { return bytes(token, false, true); }
  // The same for the first token of a text, if that makes a difference (see drops_on_first).
  std::string first_bytes_of(std::string_view token) const { return bytes(token, true); }
  bool drops_on_first() const { return drops_on_first_; }

  // Characters to take off the beginning of the text: up to `count`, as long as they are
  // `character`.
  std::string_view strip_character() const { return strip_; }
  std::size_t strip_count() const { return strip_count_; }

 private:
  enum class Kind { ByteLevel, ByteFallback, Replace, StripToken, Metaspace };
  struct Step {
    Kind kind = Kind::ByteLevel;
    std::string from;
    std::string to;
    std::size_t start = 0;
    std::size_t stop = 0;
  };

  Result<void> add(const Json& description, int depth);
  Result<void> add_replace(const Json& description);
  Result<void> add_strip(const Json& description);
  std::string bytes(std::string_view token, bool first, bool added = false) const;

  std::vector<Step> steps_;
  bool fused_ = false;  // from here on the steps see the text, not its tokens
  bool drops_on_first_ = false;
  std::string strip_;
  std::size_t strip_count_ = 0;
};

}  // namespace eval::runners::local
