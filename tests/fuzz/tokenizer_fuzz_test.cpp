// A tokenizer.json comes with a checkpoint from anyone, and texts hold what problem setters and
// models write. A bounded, seeded search over both: mutated files, and texts put together from the
// pieces that the rules look for.
#include <gtest/gtest.h>

#include "base/random.h"
#include "base/text.h"
#include "tests/runners/local_text/small_tokenizers.h"

namespace eval::runners::local {
namespace {

constexpr std::string_view kPieces[] = {
    "the",     " ",       "  ",       "\n",         "\r\n",    "\t",   "<|start|>",
    "<|end|>", "<think>", "</think>", "[INST]",     "    ",    "sum",  "12345",
    "don't",   "'LL",     "\u0440",   "\u4e2d",     "e\u0301", "\xff", "\xe2\x82",
    "\u2581",  "<0x0A>",  "<|sta",    "\U0001f600", "\u3000",  "_",    "!!"};

std::string random_text(SplitMix64& random) {
  std::string text;
  for (std::uint64_t i = random.below(20); i > 0; --i)
    text += kPieces[random.below(std::size(kPieces))];
  if (!text.empty() && random.below(4) == 0) {
    text[random.below(text.size())] = static_cast<char>(random.below(256));
  }
  return text;
}

// What holds for every text: control tokens only where they are asked for, and a stream of tokens
// that reads like their text.
void check_text(const Tokenizer& tokenizer, const std::string& text) {
  const auto ids = tokenizer.encode(text, SpecialTokens::AsText);
  if (!ids) return;
  std::string streamed;
  StreamDecoder decoder(tokenizer);
  for (const TokenId id : *ids) {
    ASSERT_GE(id, 0);
    ASSERT_LT(static_cast<std::size_t>(id), tokenizer.vocabulary_size());
    ASSERT_FALSE(tokenizer.is_special(id)) << tokenizer.token_bytes(id);
    const std::string part = decoder.feed(id);
    ASSERT_FALSE(find_invalid_utf8(part).has_value());
    streamed += part;
  }
  streamed += decoder.finish();
  ASSERT_EQ(streamed, tokenizer.decode(*ids));
}

TEST(TokenizerFuzz, EveryTextComesBackFromItsIds) {
  const Tokenizer tokenizer = parsed(read_data("byte_level.json"));
  SplitMix64 random(20260401);
  for (int round = 0; round < 1500; ++round) {
    SCOPED_TRACE(round);
    const std::string text = random_text(random);
    ASSERT_NO_FATAL_FAILURE(check_text(tokenizer, text));
    if (find_invalid_utf8(text)) continue;
    ASSERT_EQ(tokenizer.decode(encoded(tokenizer, text)), text);
  }
}

TEST(TokenizerFuzz, PiecesOfSentencesStreamLikeTheirText) {
  const Tokenizer tokenizer = parsed(read_data("sentence_piece.json"));
  SplitMix64 random(20260402);
  for (int round = 0; round < 1500; ++round) {
    SCOPED_TRACE(round);
    ASSERT_NO_FATAL_FAILURE(check_text(tokenizer, random_text(random)));
  }
}

// A file with one fault or several: an Error, or a tokenizer that keeps its promises.
TEST(TokenizerFuzz, AMutatedFileIsRefusedOrWorks) {
  const std::string original = *read_file(data_path("byte_level.json"));
  SplitMix64 random(20260403);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    std::string file = original;
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      const std::size_t at = random.below(file.size());
      switch (random.below(4)) {
        case 0:
          file[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          file.erase(at, random.below(30));
          break;
        case 2:
          file.insert(at, file.substr(random.below(file.size()), random.below(30)));
          break;
        case 3:
          file[at] = "0123456789\"{}[],:"[random.below(17)];
          break;
      }
    }
    const auto tokenizer = Tokenizer::parse(file);
    if (!tokenizer) {
      ASSERT_FALSE(tokenizer.error().what.empty());
      continue;
    }
    for (int i = 0; i < 5; ++i)
      ASSERT_NO_FATAL_FAILURE(check_text(*tokenizer, random_text(random)));
  }
}

}  // namespace
}  // namespace eval::runners::local
