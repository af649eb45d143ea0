#include "runners/local/text/tokenizer.h"

#include <fmt/format.h>

#include "base/mapped_file.h"
#include "base/text.h"
#include "runners/local/text/added_tokens.h"
#include "runners/local/text/bpe.h"
#include "runners/local/text/decode_plan.h"
#include "runners/local/text/normalizer.h"
#include "runners/local/text/pre_tokenizer.h"
#include "runners/local/text/tokenizer_file.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {

struct Tokenizer::Impl {
  Normalizer normalizer;
  PreTokenizer pre_tokenizer;
  BpeModel model;
  AddedTokens added;
  DecodePlan decoder;
  std::vector<std::string> bytes;  // by id
  std::vector<bool> is_control;    // by id
  std::vector<bool> is_added;      // by id

  Result<void> encode_piece_text(std::string_view normalized, bool begins_text, bool control,
                                 std::vector<TokenId>& ids) const;
  Result<void> encode_text(std::string_view text, bool begins_text, bool control,
                           std::vector<TokenId>& ids) const;
  Result<void> check_size(std::size_t bytes_given) const;
};

namespace {

// One control token, or text between them.
struct Run {
  std::string text;
  const AddedToken* control = nullptr;
};

// Ordinary tokens by the decoder's rules, control tokens as they are written. Of other added ones the
// bytes are those of their letters: Gemma's runs of spaces ("▁▁▁") are not.
void fill_token_tables(Tokenizer::Impl& impl) {
  std::size_t size = impl.model.size();
  for (const AddedToken& token : impl.added.tokens()) {
    size = std::max(size, static_cast<std::size_t>(token.id) + 1);
  }
  impl.bytes.resize(size);
  impl.is_control.resize(size);
  impl.is_added.resize(size);
  for (std::size_t id = 0; id < impl.model.size(); ++id) {
    impl.bytes[id] = impl.decoder.bytes_of(impl.model.token(static_cast<TokenId>(id)));
  }
  for (const AddedToken& token : impl.added.tokens()) {
    const auto id = static_cast<std::size_t>(token.id);
    impl.bytes[id] =
        token.is_control() ? token.content : impl.decoder.added_bytes_of(token.content);
    impl.is_control[id] = token.is_control();
    impl.is_added[id] = true;
  }
  impl.model.set_forbidden(impl.is_control);
}

// What a text that may be anything is encoded as.
std::string_view valid_text(std::string_view text, std::string& buffer) {
  if (!find_invalid_utf8(text)) return text;
  buffer.clear();
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = read_utf8(text.substr(at));
    if (character.status == Utf8Status::Whole) {
      buffer += text.substr(at, character.bytes);
    } else {
      buffer += "\ufffd";
    }
    at += character.bytes;
  }
  return buffer;
}

}  // namespace

Result<Tokenizer> Tokenizer::parse(std::string_view json, std::string_view where) {
  TokenizerFile file = EVAL_TRY(read_tokenizer_file(json, where));
  Normalizer normalizer = EVAL_TRY_IN(Normalizer::create(find_member(file.rest, "normalizer")),
                                      fmt::format("{}: normalizer", where));
  PreTokenizer pre_tokenizer =
      EVAL_TRY_IN(PreTokenizer::create(find_member(file.rest, "pre_tokenizer")),
                  fmt::format("{}: pre_tokenizer", where));
  BpeModel model = EVAL_TRY_IN(BpeModel::create(file), where);
  AddedTokens added = EVAL_TRY_IN(AddedTokens::create(file.rest, model, normalizer), where);
  DecodePlan decoder = EVAL_TRY_IN(DecodePlan::create(find_member(file.rest, "decoder")),
                                   fmt::format("{}: decoder", where));
  auto impl = std::make_shared<Impl>(Impl{std::move(normalizer),
                                          std::move(pre_tokenizer),
                                          std::move(model),
                                          std::move(added),
                                          std::move(decoder),
                                          {},
                                          {},
                                          {}});
  fill_token_tables(*impl);
  return Tokenizer(std::move(impl));
}

Result<Tokenizer> Tokenizer::load(const fs::path& tokenizer_json) {
  const MappedFile file = EVAL_TRY(MappedFile::open(tokenizer_json));
  return parse(file.bytes(), tokenizer_json.string());
}

Result<void> Tokenizer::Impl::check_size(std::size_t bytes_given) const {
  if (bytes_given <= kTextBytesMax) return {};
  return fail(ErrorCode::BadInput, fmt::format("a text of {} MiB is too long to encode, {} MiB are "
                                               "the limit",
                                               bytes_given >> 20, kTextBytesMax >> 20));
}

// Splits what the normalizer left, and encodes the pieces.
Result<void> Tokenizer::Impl::encode_piece_text(std::string_view normalized, bool begins_text,
                                                bool control, std::vector<TokenId>& ids) const {
  if (normalized.empty()) return {};
  PieceText pieces;
  pieces.text = normalized;
  pieces.pieces = {{0, normalized.size()}};
  pieces.begins_text = begins_text;
  EVAL_TRY(pre_tokenizer.apply(pieces));
  for (const TextRange& range : pieces.pieces) {
    model.encode(std::string_view(pieces.text).substr(range.begin, range.end - range.begin),
                 control, ids);
  }
  return {};
}

// The order of the tokenizers library: added tokens of the raw text, normalizer, added tokens of
// the normalized text, pre-tokenizer, model.
Result<void> Tokenizer::Impl::encode_text(std::string_view text, bool begins_text, bool control,
                                          std::vector<TokenId>& ids) const {
  std::vector<Stretch> outer;
  std::vector<Stretch> inner;
  added.cut(text, AddedTokens::Which::Raw, control, outer);
  for (const Stretch& stretch : outer) {
    if (stretch.token != nullptr) {
      ids.push_back(stretch.token->id);
      continue;
    }
    const std::string normalized = EVAL_TRY(normalizer.apply(
        text.substr(stretch.range.begin, stretch.range.end - stretch.range.begin)));
    inner.clear();
    added.cut(normalized, AddedTokens::Which::Normalized, control, inner);
    for (const Stretch& part : inner) {
      if (part.token != nullptr) {
        ids.push_back(part.token->id);
        continue;
      }
      const bool begins = begins_text && stretch.range.begin == 0 && part.range.begin == 0;
      EVAL_TRY(encode_piece_text(
          std::string_view(normalized).substr(part.range.begin, part.range.end - part.range.begin),
          begins, control, ids));
    }
  }
  return {};
}

Result<std::vector<TokenId>> Tokenizer::encode(std::string_view text, SpecialTokens special) const {
  EVAL_TRY(impl_->check_size(text.size()));
  std::string buffer;
  std::vector<TokenId> ids;
  EVAL_TRY(
      impl_->encode_text(valid_text(text, buffer), true, special == SpecialTokens::Parse, ids));
  return ids;
}

Result<std::vector<TokenId>> Tokenizer::encode(std::span<const TextPart> parts) const {
  std::vector<Run> runs(1);
  std::size_t size = 0;
  std::string buffer;
  std::vector<Stretch> stretches;
  for (const TextPart& part : parts) {
    EVAL_TRY(impl_->check_size(size += part.text.size()));
    const std::string_view text = valid_text(part.text, buffer);
    stretches.clear();
    if (part.special == SpecialTokens::AsText) {
      stretches.push_back({{0, text.size()}, nullptr});
    } else {
      impl_->added.cut(text, AddedTokens::Which::Control, true, stretches);
    }
    for (const Stretch& stretch : stretches) {
      if (stretch.token == nullptr) {
        runs.back().text +=
            text.substr(stretch.range.begin, stretch.range.end - stretch.range.begin);
      } else {
        runs.back().control = stretch.token;
        runs.emplace_back();
      }
    }
  }
  std::vector<TokenId> ids;
  const AddedToken* before = nullptr;
  for (const Run& run : runs) {
    std::string_view text = run.text;
    // White space that a control token takes along may lie in the next part.
    if (before != nullptr && before->right_strip) text = trim_left(text);
    if (run.control != nullptr && run.control->left_strip) text = trim_right(text);
    EVAL_TRY(impl_->encode_text(text, before == nullptr, false, ids));
    if (run.control != nullptr) ids.push_back(run.control->id);
    before = run.control;
  }
  return ids;
}

std::string Tokenizer::decode(std::span<const TokenId> ids, DecodeOptions options) const {
  StreamDecoder decoder(*this, options);
  std::string text;
  for (const TokenId id : ids) text += decoder.feed(id);
  return text + decoder.finish();
}

std::optional<TokenId> Tokenizer::token_id(std::string_view token) const {
  for (const AddedToken& added : impl_->added.tokens()) {
    if (added.content == token) return added.id;
  }
  return impl_->model.id_of(token);
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  return id < 0 || index >= impl_->bytes.size() ? std::string_view() : impl_->bytes[index];
}

bool Tokenizer::is_special(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  return id >= 0 && index < impl_->is_control.size() && impl_->is_control[index];
}

std::size_t Tokenizer::vocabulary_size() const {
  return impl_->bytes.size();
}

StreamDecoder::StreamDecoder(const Tokenizer& tokenizer, DecodeOptions options)
    : impl_(tokenizer.impl_), options_(options) {}

// Takes whole characters off the front of pending_; the rest waits for its other bytes.
std::string StreamDecoder::take_whole(bool all) {
  std::string text;
  std::size_t at = 0;
  while (at < pending_.size()) {
    const Utf8Character character = read_utf8(std::string_view(pending_).substr(at));
    if (character.status == Utf8Status::Incomplete && !all) break;
    const std::string_view bytes = character.status == Utf8Status::Whole
                                       ? std::string_view(pending_).substr(at, character.bytes)
                                       : std::string_view("\ufffd");
    at += character.bytes;
    if (stripping_ && stripped_ < impl_->decoder.strip_count() &&
        bytes == impl_->decoder.strip_character()) {
      ++stripped_;
      continue;
    }
    stripping_ = false;
    text += bytes;
  }
  pending_.erase(0, at);
  return text;
}

std::string StreamDecoder::feed(TokenId id) {
  const auto index = static_cast<std::size_t>(id);
  if (id < 0 || index >= impl_->bytes.size()) return {};
  if (options_.skip_control && impl_->is_control[index]) return {};
  if (at_start_ && impl_->decoder.drops_on_first() && !impl_->is_added[index]) {
    pending_ += impl_->decoder.first_bytes_of(impl_->model.token(id));
  } else {
    pending_ += impl_->bytes[index];
  }
  at_start_ = false;
  return take_whole(false);
}

std::string StreamDecoder::finish() {
  std::string rest = take_whole(true);
  at_start_ = true;
  stripped_ = 0;
  stripping_ = true;
  return rest;
}

}  // namespace eval::runners::local
