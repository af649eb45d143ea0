// Theory of operation: a piece starts as a list of symbols, one a character (or byte). Of all
// neighbours that the merge table knows, the pair of the lowest rank, leftmost first, becomes one
// symbol, until no neighbours are known. The symbols are a linked list in a vector and the
// candidates a heap, so that a piece of n characters takes n log n steps; candidates that a merge
// has made stale are recognised when they come up. The outcome equals that of the tokenizers
// library (models/bpe/word.rs), whose order of ties this keeps.
#include "runners/local/text/bpe.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "base/check.h"
#include "base/text.h"
#include "runners/local/text/piece_cache.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

std::uint64_t pair_key(TokenId left, TokenId right) {
  return std::uint64_t{static_cast<std::uint32_t>(left)} << 32 | static_cast<std::uint32_t>(right);
}

// Fibonacci hashing of a mixed key: neighbours' ids are not random.
std::size_t slot_of(std::uint64_t pair, std::size_t slots) {
  pair ^= pair >> 29;
  pair *= 0x9e3779b97f4a7c15ULL;
  return static_cast<std::size_t>(pair >> (64 - std::countr_zero(slots)));
}

struct Candidate {
  std::uint32_t rank;
  std::uint32_t left;  // index of the left symbol
  TokenId id;          // what the pair becomes
};
// The heap's front is the smallest.
bool later(const Candidate& a, const Candidate& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
}

std::string token_name(std::string_view token) {
  return fmt::format("\"{}\"", shorten(to_valid_utf8(token), 60));
}

}  // namespace

struct BpeModel::Symbol {
  TokenId id = 0;
  std::int32_t previous = -1;
  std::int32_t next = -1;
  bool alive = true;
};

BpeModel::BpeModel() : cache_(std::make_unique<PieceCache>()) {}
BpeModel::BpeModel(BpeModel&&) noexcept = default;
BpeModel& BpeModel::operator=(BpeModel&&) noexcept = default;
BpeModel::~BpeModel() = default;

Result<BpeModel> BpeModel::create(TokenizerFile& file) {
  const Json* model = find_member(file.rest, "model");
  if (model == nullptr || !model->is_object()) {
    return fail(ErrorCode::BadInput, "the tokenizer has no \"model\"");
  }
  BpeModel made;
  EVAL_TRY_IN(made.read_options(*model), "model");
  EVAL_TRY_IN(made.take_vocabulary(file.vocabulary), "model.vocab");
  const std::string unknown = EVAL_TRY_IN(read_string(*model, "unk_token"), "model");
  if (!unknown.empty()) {
    made.unknown_ = made.id_of(unknown);
    if (!made.unknown_) {
      return fail(ErrorCode::BadInput,
                  fmt::format("\"unk_token\": {} is not in the vocabulary", token_name(unknown)),
                  "model");
    }
  }
  EVAL_TRY_IN(made.take_merges(file.merges), "model.merges");
  made.index_bytes();
  return made;
}

Result<void> BpeModel::read_options(const Json& model) {
  // Early files leave the type out; what has merges is BPE.
  const std::string type = EVAL_TRY(read_string(model, "type", "BPE"));
  if (type != "BPE") {
    return fail(ErrorCode::Unsupported,
                fmt::format("a tokenizer of the kind \"{}\" is not supported, only BPE is",
                            shorten(type, 60)));
  }
  if (EVAL_TRY(read_number(model, "dropout", 0)) != 0) {
    return fail(ErrorCode::Unsupported,
                "\"dropout\" makes the ids of a text random, which an evaluation cannot use");
  }
  continuing_prefix_ = EVAL_TRY(read_string(model, "continuing_subword_prefix"));
  end_suffix_ = EVAL_TRY(read_string(model, "end_of_word_suffix"));
  fuse_unknown_ = EVAL_TRY(read_bool(model, "fuse_unk", false));
  byte_fallback_ = EVAL_TRY(read_bool(model, "byte_fallback", false));
  ignore_merges_ = EVAL_TRY(read_bool(model, "ignore_merges", false));
  return {};
}

Result<void> BpeModel::take_vocabulary(std::vector<VocabularyEntry>& entries) {
  if (entries.empty()) return fail(ErrorCode::BadInput, "the vocabulary is empty or missing");
  std::int64_t highest = 0;
  for (const VocabularyEntry& entry : entries) highest = std::max(highest, entry.id);
  tokens_.resize(static_cast<std::size_t>(highest) + 1);
  ids_.reserve(entries.size());
  for (VocabularyEntry& entry : entries) {
    std::string& token = tokens_[static_cast<std::size_t>(entry.id)];
    if (!token.empty()) {
      return fail(ErrorCode::BadInput,
                  fmt::format("{} and {} both have the id {}", token_name(token),
                              token_name(entry.token), entry.id));
    }
    if (entry.token.empty()) {
      return fail(ErrorCode::BadInput, fmt::format("the token of the id {} is empty", entry.id));
    }
    token = std::move(entry.token);
    if (!ids_.emplace(token, static_cast<TokenId>(entry.id)).second) {
      return fail(ErrorCode::BadInput,
                  fmt::format("the token {} is there twice", token_name(token)));
    }
  }
  return {};
}

Result<void> BpeModel::take_merges(const std::vector<MergeEntry>& entries) {
  merges_.resize(std::bit_ceil(std::max<std::size_t>(16, entries.size() * 2)));
  std::string merged;
  for (std::size_t rank = 0; rank < entries.size(); ++rank) {
    const MergeEntry& entry = entries[rank];
    std::string_view right_part = entry.right;
    if (right_part.starts_with(continuing_prefix_))
      right_part.remove_prefix(continuing_prefix_.size());
    merged = entry.left;
    merged += right_part;
    const auto left = id_of(entry.left);
    const auto right = id_of(entry.right);
    const auto result = id_of(merged);
    if (!left || !right || !result) {
      const std::string_view missing = !left ? entry.left : !right ? entry.right : merged;
      return fail(
          ErrorCode::BadInput,
          fmt::format("merge {} ({} and {}): {} is not in the vocabulary", rank,
                      token_name(entry.left), token_name(entry.right), token_name(missing)));
    }
    insert_merge({pair_key(*left, *right), static_cast<std::uint32_t>(rank), *result});
  }
  return {};
}

void BpeModel::index_bytes() {
  for (unsigned byte = 0; byte < 256; ++byte) {
    byte_ids_[byte] = id_of(fmt::format("<0x{:02X}>", byte)).value_or(-1);
  }
}

void BpeModel::insert_merge(Merge merge) {
  std::size_t slot = slot_of(merge.pair, merges_.size());
  // A pair that is listed again takes its last rank, as in the library.
  while (merges_[slot].pair != kNoPair && merges_[slot].pair != merge.pair) {
    slot = (slot + 1) & (merges_.size() - 1);
  }
  merges_[slot] = merge;
}

const BpeModel::Merge* BpeModel::find_merge(TokenId left, TokenId right) const {
  const std::uint64_t pair = pair_key(left, right);
  std::size_t slot = slot_of(pair, merges_.size());
  while (merges_[slot].pair != kNoPair) {
    if (merges_[slot].pair == pair) return &merges_[slot];
    slot = (slot + 1) & (merges_.size() - 1);
  }
  return nullptr;
}

std::optional<TokenId> BpeModel::id_of(std::string_view token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

std::string_view BpeModel::token(TokenId id) const {
  const auto index = static_cast<std::size_t>(id);
  return id < 0 || index >= tokens_.size() ? std::string_view() : std::string_view(tokens_[index]);
}

std::optional<TokenId> BpeModel::first_symbol(std::string_view character, bool first,
                                              bool last) const {
  const bool prefixed = !first && !continuing_prefix_.empty();
  const bool suffixed = last && !end_suffix_.empty();
  if (!prefixed && !suffixed) return id_of(character);
  return id_of(fmt::format("{}{}{}", prefixed ? continuing_prefix_ : "", character,
                           suffixed ? end_suffix_ : ""));
}

bool BpeModel::append_bytes(std::string_view character, std::vector<Symbol>& symbols) const {
  const auto id = [this](char c) { return byte_ids_[static_cast<unsigned char>(c)]; };
  if (std::any_of(character.begin(), character.end(), [&id](char c) { return id(c) < 0; })) {
    return false;
  }
  for (const char c : character) symbols.push_back({.id = id(c)});
  return true;
}

std::vector<BpeModel::Symbol> BpeModel::first_symbols(std::string_view piece) const {
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  // Unknown characters in a row become one unknown token, if the model fuses them. They are written
  // before the next known character, but after bytes that fell back: an oddity of the library.
  bool unknown_waits = false;
  for (std::size_t at = 0; at < piece.size();) {
    const std::size_t bytes = read_utf8(piece.substr(at)).bytes;
    const std::string_view character = piece.substr(at, bytes);
    const bool first = at == 0;
    at += bytes;
    if (const auto id = first_symbol(character, first, at == piece.size())) {
      if (unknown_waits) symbols.push_back({.id = *unknown_});
      unknown_waits = false;
      symbols.push_back({.id = *id});
    } else if (byte_fallback_ && append_bytes(character, symbols)) {
      continue;
    } else if (unknown_) {
      if (unknown_waits && !fuse_unknown_) symbols.push_back({.id = *unknown_});
      unknown_waits = true;
    }
  }
  if (unknown_waits) symbols.push_back({.id = *unknown_});
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    symbols[i].previous = static_cast<std::int32_t>(i) - 1;
    symbols[i].next = i + 1 < symbols.size() ? static_cast<std::int32_t>(i) + 1 : -1;
  }
  return symbols;
}

void BpeModel::merge_all(std::vector<Symbol>& symbols, bool may_produce_forbidden) const {
  std::vector<Candidate> heap;
  const auto offer = [&](std::int32_t left) {
    const Symbol& symbol = symbols[static_cast<std::size_t>(left)];
    if (symbol.next < 0) return;
    const Merge* merge = find_merge(symbol.id, symbols[static_cast<std::size_t>(symbol.next)].id);
    if (merge == nullptr || (!may_produce_forbidden && is_forbidden(merge->id))) return;
    heap.push_back({merge->rank, static_cast<std::uint32_t>(left), merge->id});
    std::push_heap(heap.begin(), heap.end(), later);
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) offer(static_cast<std::int32_t>(i));
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const Candidate best = heap.back();
    heap.pop_back();
    Symbol& left = symbols[best.left];
    if (!left.alive || left.next < 0) continue;
    Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    const Merge* merge = find_merge(left.id, right.id);
    if (merge == nullptr || merge->id != best.id) continue;  // stale
    left.id = best.id;
    left.next = right.next;
    right.alive = false;
    if (left.next >= 0) {
      symbols[static_cast<std::size_t>(left.next)].previous = static_cast<std::int32_t>(best.left);
    }
    if (left.previous >= 0) offer(left.previous);
    offer(static_cast<std::int32_t>(best.left));
  }
}

void BpeModel::encode_new(std::string_view piece, bool may_produce_forbidden,
                          std::vector<TokenId>& ids) const {
  std::vector<Symbol> symbols = first_symbols(piece);
  merge_all(symbols, may_produce_forbidden);
  for (const Symbol& symbol : symbols) {
    if (symbol.alive) ids.push_back(symbol.id);
  }
}

void BpeModel::encode(std::string_view piece, bool may_produce_forbidden,
                      std::vector<TokenId>& ids) const {
  if (ignore_merges_) {
    const auto whole = id_of(piece);
    if (whole && (may_produce_forbidden || !is_forbidden(*whole))) {
      ids.push_back(*whole);
      return;
    }
  }
  const std::size_t before = ids.size();
  const auto holds_forbidden = [&] {
    return std::any_of(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end(),
                       [this](TokenId id) { return is_forbidden(id); });
  };
  const bool known = cache_->find(piece, ids);
  if (!known) {
    encode_new(piece, true, ids);
    cache_->keep(piece, ids.data() + before, ids.data() + ids.size());
  }
  if (may_produce_forbidden || !holds_forbidden()) return;
  // Merges that spell a control token: published vocabularies have none, but nothing forbids them.
  ids.resize(before);
  encode_new(piece, false, ids);
}

}  // namespace eval::runners::local
