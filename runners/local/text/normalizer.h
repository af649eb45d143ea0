#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/text/pattern.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {

// What happens to a text before it is split: the "normalizer" of a tokenizer.json. Immutable.
class Normalizer {
 public:
  // `description` may be null: nothing happens. Unsupported names the type.
  static Result<Normalizer> create(const Json* description);
  // `text` is valid UTF-8. Errors as Pattern::find_all.
  Result<std::string> apply(std::string_view text) const;

 private:
  struct Prepend {
    std::string text;
  };
  struct Replace {
    Pattern pattern;
    std::string with;
  };
  struct Strip {
    bool left = false;
    bool right = false;
  };
  enum class Plain { Lower, StripAccents, ByteLevel };
  using Step = std::variant<NormalForm, Prepend, Replace, Strip, Plain>;

  static Result<std::vector<Step>> make_steps(const Json& description, int depth);
  static Result<std::string> apply_step(const Step& step, std::string text);

  std::vector<Step> steps_;
};

// {"String": "..."} or {"Regex": "..."}, as normalizers, pre-tokenizers and decoders write it.
Result<Pattern> read_pattern(const Json& object);

}  // namespace eval::runners::local
