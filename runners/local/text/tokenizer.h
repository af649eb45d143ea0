#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

// Text in, token ids out, by the rules that a checkpoint's tokenizer.json (the format of Hugging
// Face's tokenizers library) writes down; nothing about a model is hard-coded.
namespace eval::runners::local {

using TokenId = std::int32_t;

// What becomes of the text of a control token ("<|im_end|>") inside the text to encode.
//
// A control token is an added token that is marked special, or whose text is enclosed in "<>" or
// "[]": published files leave the mark out on "<think>" or "<tool_call>", which steer the model as
// much as the others do.
enum class SpecialTokens {
  AsText,  // ordinary text: no id of a control token comes out, whatever the text says
  Parse,   // the control token, as the published libraries do
};

// A piece of a text that is partly ours (the markup of a chat) and partly someone else's.
struct TextPart {
  std::string_view text;
  SpecialTokens special = SpecialTokens::AsText;
};

struct DecodeOptions {
  bool skip_control = false;  // leave control tokens out; otherwise their text is kept
};

// Immutable and thread-safe; copies share one vocabulary.
//
// Reads byte-level and SentencePiece-style BPE with every normalizer, pre-tokenizer and decoder
// that published BPE models use (FORMAT.md lists them). Anything else in the file (Unigram,
// WordPiece, dropout, ...) is Unsupported by its name: a guess would give other ids.
class Tokenizer {
 public:
  // NotFound if the file is missing; BadInput or Unsupported naming file and field otherwise.
  static Result<Tokenizer> load(const fs::path& tokenizer_json);
  static Result<Tokenizer> parse(std::string_view json, std::string_view where = "tokenizer.json");

  // The ids of `text`; nothing is put before or after it. Invalid UTF-8 counts as U+FFFD. BadInput
  // for a text above kTextBytesMax, or one on which the tokenizer's own pattern takes too long.
  Result<std::vector<TokenId>> encode(std::string_view text, SpecialTokens special) const;

  // The ids of the parts joined. A control token is recognised only within one part that says
  // Parse; the text between control tokens is encoded as one, across the joints, as it would be in
  // a rendered chat.
  Result<std::vector<TokenId>> encode(std::span<const TextPart> parts) const;

  // The text of `ids`, what is not valid UTF-8 replaced by U+FFFD. An id outside the vocabulary
  // stands for nothing.
  std::string decode(std::span<const TokenId> ids, DecodeOptions options = {}) const;

  // The id of a token by its text: the text of an added token, else as the vocabulary spells it.
  std::optional<TokenId> token_id(std::string_view token) const;
  // The bytes that a token stands for, before the decoder's rules for the beginning of a text;
  // empty for an id outside the vocabulary. Valid as long as a copy of this object lives.
  std::string_view token_bytes(TokenId id) const;
  // A control token, as above.
  bool is_special(TokenId id) const;
  // One more than the highest id. (A checkpoint may round its matrices up beyond that.)
  std::size_t vocabulary_size() const;

  static constexpr std::size_t kTextBytesMax = std::size_t{64} << 20;

  struct Impl;

 private:
  explicit Tokenizer(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  friend class StreamDecoder;
  std::shared_ptr<const Impl> impl_;
};

// Decodes a generation token by token. Bytes are held back until they are a whole character, or
// certainly none (U+FFFD). What feed() and finish() returned, joined, is decode() of all tokens.
// Not thread-safe; outlives its tokenizer if need be.
class StreamDecoder {
 public:
  explicit StreamDecoder(const Tokenizer& tokenizer, DecodeOptions options = {});
  // The text that became certain with this token; may be empty.
  std::string feed(TokenId id);
  // What was held back. The decoder then starts anew.
  std::string finish();

 private:
  std::string take_whole(bool all);

  std::shared_ptr<const Tokenizer::Impl> impl_;
  DecodeOptions options_;
  bool at_start_ = true;      // no token was fed yet
  std::size_t stripped_ = 0;  // characters taken off the beginning of the text so far
  bool stripping_ = true;     // the beginning may still lose characters
  std::string pending_;       // bytes of a character that is not whole yet
};

}  // namespace eval::runners::local
