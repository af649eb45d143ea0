#pragma once

#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runners/local/text/tokenizer.h"

namespace eval::runners::local {

// Remembers the ids of pieces: texts repeat their words. Thread-safe; sharded so that encoders
// rarely wait for each other. Full shards take no more, so that its memory is bounded (8 MiB).
class PieceCache {
 public:
  // Appends the ids and returns true if `piece` is known.
  bool find(std::string_view piece, std::vector<TokenId>& ids) {
    if (piece.size() > kPieceBytesMax) return false;
    Shard& shard = shard_of(piece);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.known.find(piece);
    if (found == shard.known.end()) return false;
    ids.insert(ids.end(), found->second.begin(), found->second.end());
    return true;
  }

  void keep(std::string_view piece, const TokenId* begin, const TokenId* end) {
    if (piece.size() > kPieceBytesMax) return;
    Shard& shard = shard_of(piece);
    const std::lock_guard lock(shard.mutex);
    if (shard.known.size() >= kPiecesPerShard) return;
    shard.known.emplace(std::string(piece), std::vector<TokenId>(begin, end));
  }

 private:
  static constexpr std::size_t kPieceBytesMax = 64;
  static constexpr std::size_t kPiecesPerShard = 4096;
  static constexpr std::size_t kShards = 16;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  struct Shard {
    std::mutex mutex;
    // guarded by mutex
    std::unordered_map<std::string, std::vector<TokenId>, Hash, std::equal_to<>> known;
  };

  // The map uses the low bits of the same hash.
  Shard& shard_of(std::string_view piece) { return shards_[Hash{}(piece) >> 60]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace eval::runners::local
