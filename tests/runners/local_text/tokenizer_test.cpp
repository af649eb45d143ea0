#include "runners/local/text/tokenizer.h"

#include <thread>

#include "base/random.h"
#include "tests/runners/local_text/small_tokenizers.h"

namespace eval::runners::local {
namespace {

TEST(Tokenizer, MergesTheLowestRankFirst) {
  // a b c d = 0 1 2 3; bc = 4, ab = 5, abc = 6 from (a, bc) only.
  const Tokenizer tokenizer = parsed(tiny_tokenizer("abcd", {"b c", "a b", "a bc"}));
  EXPECT_EQ(encoded(tokenizer, "abcd"), (Ids{6, 3}));
  EXPECT_EQ(encoded(tokenizer, "abd"), (Ids{5, 3}));
}

TEST(Tokenizer, MergesTheLeftmostOfEqualPairs) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("a", {"a a", "aa a"}));  // a 0, aa 1, aaa 2
  EXPECT_EQ(encoded(tokenizer, "aaa"), (Ids{2}));
  EXPECT_EQ(encoded(tokenizer, "aaaaa"), (Ids{1, 2}));
}

TEST(Tokenizer, DropsWhatTheVocabularyCannotSpell) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("ab", {}));
  EXPECT_EQ(encoded(tokenizer, "axb"), (Ids{0, 1}));
}

TEST(Tokenizer, TakesAWholePieceWhereMergesAreIgnored) {
  Json file = tiny_tokenizer("abc", {"a b"});
  file["model"]["vocab"]["abc"] = 9;  // no merge leads to it
  EXPECT_EQ(encoded(parsed(file), "abc"), (Ids{3, 2}));
  file["model"]["ignore_merges"] = true;
  EXPECT_EQ(encoded(parsed(file), "abc"), (Ids{9}));
}

TEST(Tokenizer, AControlTokenIsParsedOnlyWhenAsked) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("<end>", {}, {"<end>"}));
  EXPECT_EQ(encoded(tokenizer, "<end>", SpecialTokens::Parse), (Ids{5}));
  EXPECT_EQ(encoded(tokenizer, "<end>", SpecialTokens::AsText), (Ids{0, 1, 2, 3, 4}));
}

TEST(Tokenizer, AnUnmarkedTokenInBracketsIsAControlTokenToo) {
  Json file = tiny_tokenizer("<think>", {}, {"<think>"});
  file["added_tokens"][0]["special"] = false;  // as Qwen3's file has it
  file["model"]["vocab"] = {{"<", 0}, {"t", 1}, {"h", 2}, {"i", 3}, {"n", 4}, {"k", 5}, {">", 6}};
  const Tokenizer tokenizer = parsed(file);
  const TokenId think = *tokenizer.token_id("<think>");
  EXPECT_TRUE(tokenizer.is_special(think));
  EXPECT_EQ(encoded(tokenizer, "<think>"), (Ids{0, 1, 2, 3, 4, 5, 6}));
}

TEST(Tokenizer, MergesCannotSpellAControlTokenInText) {
  Json file = tiny_tokenizer("<e>", {"< e", "<e >"});
  file["added_tokens"] = {
      {{"id", 4}, {"content", "<e>"}, {"special", true}, {"normalized", false}}};
  const Tokenizer tokenizer = parsed(file);
  EXPECT_EQ(encoded(tokenizer, "<e>", SpecialTokens::Parse), (Ids{4}));
  EXPECT_EQ(encoded(tokenizer, "<e>"), (Ids{3, 2}));
  file["model"]["ignore_merges"] = true;
  EXPECT_EQ(encoded(parsed(file), "<e>"), (Ids{3, 2}));
}

TEST(Tokenizer, TextOfSeveralPartsIsEncodedAsOne) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("ab<x>", {"a b"}, {"<x>"}));
  const std::vector<TextPart> parts = {{"<x>a", SpecialTokens::Parse},
                                       {"b", SpecialTokens::AsText}};
  EXPECT_EQ(*tokenizer.encode(parts), (Ids{6, 5}));
}

TEST(Tokenizer, AControlTokenCannotBeBuiltFromTwoParts) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("ab<x>", {}, {"<x>"}));
  const std::vector<TextPart> parts = {{"a<", SpecialTokens::Parse},
                                       {"x>", SpecialTokens::AsText},
                                       {"<", SpecialTokens::AsText},
                                       {"x>", SpecialTokens::Parse}};
  EXPECT_EQ(*tokenizer.encode(parts), (Ids{0, 2, 3, 4, 2, 3, 4}));
}

TEST(Tokenizer, AControlTokenTakesWhiteSpaceOfTheNextPartAlong) {
  Json file = tiny_tokenizer("ab<x>", {}, {"<x>"});
  file["added_tokens"][0]["rstrip"] = true;
  const std::vector<TextPart> parts = {{"<x>", SpecialTokens::Parse},
                                       {" \n a", SpecialTokens::AsText}};
  EXPECT_EQ(*parsed(file).encode(parts), (Ids{5, 0}));
}

TEST(Tokenizer, CountsInvalidUtf8AsTheReplacementCharacter) {
  const Tokenizer tokenizer = parsed(read_data("byte_level.json"));
  EXPECT_EQ(encoded(tokenizer, "a\xe2\x82z\xff"), encoded(tokenizer, "a\ufffdz\ufffd"));
}

TEST(Tokenizer, RefusesATextBeyondItsLimit) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("a", {}));
  const auto ids =
      tokenizer.encode(std::string(Tokenizer::kTextBytesMax + 1, 'a'), SpecialTokens::AsText);
  ASSERT_FALSE(ids.has_value());
  EXPECT_EQ(ids.error().code, ErrorCode::BadInput);
}

TEST(Tokenizer, TellsTokensById) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("ab", {"a b"}, {"<x>"}));
  EXPECT_EQ(tokenizer.vocabulary_size(), 4U);
  EXPECT_EQ(tokenizer.token_bytes(2), "ab");
  EXPECT_EQ(tokenizer.token_bytes(3), "<x>");
  EXPECT_EQ(tokenizer.token_bytes(4), "");
  EXPECT_EQ(tokenizer.token_bytes(-1), "");
  EXPECT_EQ(tokenizer.token_id("<x>"), 3);
  EXPECT_EQ(tokenizer.token_id("x"), std::nullopt);
  EXPECT_FALSE(tokenizer.is_special(2));
  EXPECT_FALSE(tokenizer.is_special(99));
}

TEST(Tokenizer, DecodesWithAndWithoutControlTokens) {
  const Tokenizer tokenizer = parsed(tiny_tokenizer("ab", {}, {"<x>"}));
  EXPECT_EQ(tokenizer.decode(Ids{0, 2, 1, 77}), "a<x>b");
  EXPECT_EQ(tokenizer.decode(Ids{0, 2, 1}, {.skip_control = true}), "ab");
}

TEST(Tokenizer, EncodesTheSameFromManyThreads) {
  const Tokenizer tokenizer = parsed(read_data("byte_level.json"));
  const std::string text = "The judge compiles the program once and runs it on every testcase.";
  const Ids expected = encoded(tokenizer, text);
  std::vector<Ids> results(4);
  {
    std::vector<std::jthread> threads;
    for (Ids& result : results) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) result = *tokenizer.encode(text, SpecialTokens::AsText);
      });
    }
  }
  for (const Ids& result : results) EXPECT_EQ(result, expected);
}

TEST(StreamDecoder, HoldsBackTheBytesOfAnUnfinishedCharacter) {
  const Tokenizer tokenizer = parsed(read_data("byte_level.json"));
  const Ids ids = encoded(tokenizer, "\U0001f600!");  // one id a byte
  ASSERT_EQ(ids.size(), 5U);
  StreamDecoder decoder(tokenizer);
  EXPECT_EQ(decoder.feed(ids[0]), "");
  EXPECT_EQ(decoder.feed(ids[1]), "");
  EXPECT_EQ(decoder.feed(ids[2]), "");
  EXPECT_EQ(decoder.feed(ids[3]), "\U0001f600");
  EXPECT_EQ(decoder.feed(ids[4]), "!");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, ReplacesBytesThatCannotBecomeACharacter) {
  const Tokenizer tokenizer = parsed(read_data("byte_level.json"));
  const Ids ids = encoded(tokenizer, "\U0001f600");
  StreamDecoder decoder(tokenizer);
  EXPECT_EQ(decoder.feed(ids[0]), "");
  EXPECT_EQ(decoder.feed(*tokenizer.token_id("a")), "\ufffda");
  EXPECT_EQ(decoder.feed(ids[0]), "");
  EXPECT_EQ(decoder.finish(), "\ufffd");
}

TEST(StreamDecoder, StripsTheSpaceThatEncodingPutInFront) {
  const Tokenizer tokenizer = parsed(read_data("sentence_piece.json"));
  const Ids ids = encoded(tokenizer, "the  sum");
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (const TokenId id : ids) text += decoder.feed(id);
  EXPECT_EQ(text + decoder.finish(), "the  sum");
  EXPECT_EQ(decoder.feed(ids[0]), tokenizer.decode(Ids{ids[0]}));  // starts anew
}

TEST(StreamDecoder, OutlivesItsTokenizer) {
  auto tokenizer = std::make_unique<Tokenizer>(parsed(tiny_tokenizer("ab", {})));
  StreamDecoder decoder(*tokenizer);
  tokenizer.reset();
  EXPECT_EQ(decoder.feed(1), "b");
}

// As Gemma's file has runs of spaces.
TEST(Tokenizer, DecodesAddedTokensByReplacementButNotAsBytes) {
  Json file = tiny_tokenizer("ab", {}, {"\u2581\u2581", "\u0120", "<\u2581>"});
  const Json replace = {{"type", "Replace"}, {"pattern", {{"String", "\u2581"}}}, {"content", " "}};
  file["decoder"] = {{"type", "Sequence"}, {"decoders", {replace, {{"type", "ByteLevel"}}}}};
  const Tokenizer tokenizer = parsed(file);
  EXPECT_EQ(tokenizer.decode(Ids{0, 2, 1}), "a  b");
  EXPECT_EQ(tokenizer.decode(Ids{3}), "\u0120");
  EXPECT_EQ(tokenizer.decode(Ids{4}), "<\u2581>");
}

}  // namespace
}  // namespace eval::runners::local
