#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/text/tokenizer.h"
#include "runners/local/text/tokenizer_file.h"

namespace eval::runners::local {

class PieceCache;

// Byte-pair encoding: the "model" of a tokenizer.json. Sennrich et al. 2016. Immutable apart from a
// cache, thread-safe.
class BpeModel {
 public:
  // BadInput for a table that contradicts itself, Unsupported for another kind of model or dropout.
  static Result<BpeModel> create(TokenizerFile& file);
  BpeModel(BpeModel&&) noexcept;
  BpeModel& operator=(BpeModel&&) noexcept;
  ~BpeModel();

  // Ids that encode() must not produce (control tokens): a piece that merges into one stays apart.
  void set_forbidden(std::vector<bool> forbidden) { forbidden_ = std::move(forbidden); }

  // Appends the ids of one piece, valid UTF-8.
  void encode(std::string_view piece, bool may_produce_forbidden, std::vector<TokenId>& ids) const;

  std::optional<TokenId> id_of(std::string_view token) const;
  // As the vocabulary spells it; empty for an id that it does not have.
  std::string_view token(TokenId id) const;
  std::size_t size() const { return tokens_.size(); }  // highest id + 1
  bool has_byte_fallback() const { return byte_fallback_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  // A pair of neighbours that becomes one token, and how early. Open addressing; see bpe.cpp.
  struct Merge {
    std::uint64_t pair = kNoPair;
    std::uint32_t rank = 0;
    TokenId id = 0;
  };
  static constexpr std::uint64_t kNoPair = ~std::uint64_t{0};
  struct Symbol;

  BpeModel();
  Result<void> read_options(const Json& model);
  Result<void> take_vocabulary(std::vector<VocabularyEntry>& entries);
  Result<void> take_merges(const std::vector<MergeEntry>& entries);
  void index_bytes();
  const Merge* find_merge(TokenId left, TokenId right) const;
  void insert_merge(Merge merge);
  std::vector<Symbol> first_symbols(std::string_view piece) const;
  std::optional<TokenId> first_symbol(std::string_view character, bool first, bool last) const;
  bool append_bytes(std::string_view character, std::vector<Symbol>& symbols) const;
  void merge_all(std::vector<Symbol>& symbols, bool may_produce_forbidden) const;
  void encode_new(std::string_view piece, bool may_produce_forbidden,
                  std::vector<TokenId>& ids) const;
  bool is_forbidden(TokenId id) const {
    const auto index = static_cast<std::size_t>(id);
    return index < forbidden_.size() && forbidden_[index];
  }

  std::vector<std::string> tokens_;                              // by id
  std::unordered_map<std::string_view, TokenId, TextHash> ids_;  // views into tokens_
  std::vector<Merge> merges_;                                    // a power of two of slots
  std::array<TokenId, 256> byte_ids_{};                          // "<0x0A>"; -1: there is none
  std::vector<bool> forbidden_;
  std::string continuing_prefix_;
  std::string end_suffix_;
  std::optional<TokenId> unknown_;
  bool fuse_unknown_ = false;
  bool byte_fallback_ = false;
  bool ignore_merges_ = false;
  std::unique_ptr<PieceCache> cache_;
};

}  // namespace eval::runners::local
