#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

// The content of a tokenizer.json, its large tables apart from the rest.
namespace eval::runners::local {

struct VocabularyEntry {
  std::string token;
  std::int64_t id = 0;
};

// "a b", or ["a", "b"].
struct MergeEntry {
  std::string left;
  std::string right;
};

struct TokenizerFile {
  std::vector<VocabularyEntry> vocabulary;  // model.vocab
  std::vector<MergeEntry> merges;           // model.merges, in order of rank
  Json rest = Json::object();               // everything else
};

// Published files reach 30 MB; the limits leave room for ten times that and stop what is no
// tokenizer.
inline constexpr std::size_t kTokenizerBytesMax = std::size_t{512} << 20;
inline constexpr std::size_t kVocabularyMax = std::size_t{1} << 22;  // also the highest id
inline constexpr std::size_t kMergesMax = std::size_t{1} << 23;
inline constexpr std::size_t kTokenBytesMax = 4096;
inline constexpr std::size_t kAddedTokensMax = std::size_t{1} << 17;

// BadInput naming line or field. `where` is the file.
Result<TokenizerFile> read_tokenizer_file(std::string_view json, std::string_view where);

}  // namespace eval::runners::local
