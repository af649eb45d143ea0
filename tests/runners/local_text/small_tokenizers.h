#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "runners/local/text/tokenizer.h"

// What the tests of tokenizer and chat formats share.
namespace eval::runners::local {

inline fs::path data_path(const std::string& name) {
  return fs::path(EVAL_TEST_SOURCE_DIR) / "tests/runners/local_text/data" / name;
}

inline Json read_data(const std::string& name) {
  const auto text = read_file(data_path(name));
  EXPECT_TRUE(text.has_value());
  return *parse_json(*text, name);
}

// A byte-level vocabulary of the given characters and merges ("a b"), and added tokens on top:
// control tokens if they are enclosed in "<>".
inline Json tiny_tokenizer(const std::string& characters, const std::vector<std::string>& merges,
                           const std::vector<std::string>& added = {}) {
  Json vocabulary = Json::object();
  int next = 0;
  for (const char c : characters) vocabulary[std::string(1, c)] = next++;
  for (const std::string& merge : merges) {
    const std::size_t space = merge.find(' ');
    vocabulary[merge.substr(0, space) + merge.substr(space + 1)] = next++;
  }
  Json tokens = Json::array();
  for (const std::string& content : added) {
    tokens.push_back({{"id", next++},
                      {"content", content},
                      {"normalized", false},
                      {"special", content.front() == '<'}});
  }
  return {
      {"added_tokens", tokens},
      {"normalizer", nullptr},
      {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}},
      {"decoder", {{"type", "ByteLevel"}}},
      {"model", {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}}}};
}

inline Tokenizer parsed(const Json& file) {
  auto tokenizer = Tokenizer::parse(file.dump());
  if (!tokenizer) ADD_FAILURE() << describe(tokenizer.error());
  return *tokenizer;
}

using Ids = std::vector<TokenId>;

inline Ids encoded(const Tokenizer& tokenizer, std::string_view text,
                   SpecialTokens special = SpecialTokens::AsText) {
  auto ids = tokenizer.encode(text, special);
  if (!ids) ADD_FAILURE() << describe(ids.error());
  return ids.value_or(Ids{});
}

}  // namespace eval::runners::local
