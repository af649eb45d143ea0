// Files that are broken in one way each: one clear error, naming the file and the place.
#include "runners/local/text/tokenizer_file.h"

#include "tests/runners/local_text/small_tokenizers.h"

namespace eval::runners::local {
namespace {

std::string fault_of(const std::string& json) {
  const auto tokenizer = Tokenizer::parse(json, "dir/tokenizer.json");
  if (tokenizer) return "none";
  EXPECT_TRUE(tokenizer.error().where.starts_with("dir/tokenizer.json")) << tokenizer.error().where;
  return tokenizer.error().what;
}

std::string fault_with(const std::string& pointer, const Json& value) {
  Json file = tiny_tokenizer("abc", {"a b"}, {"<x>"});
  file[Json::json_pointer(pointer)] = value;
  return fault_of(file.dump());
}

#define EXPECT_FAULT(fault, part)                                               \
  do {                                                                          \
    const std::string seen = fault;                                             \
    EXPECT_NE(seen.find(part), std::string::npos) << "the fault was: " << seen; \
  } while (false)

TEST(TokenizerFile, NamesTheByteWhereItIsNoJson) {
  EXPECT_FAULT(fault_of("{\"model\": "), "not valid JSON at byte");
  EXPECT_FAULT(fault_of("[]"), "not a JSON object");
  EXPECT_FAULT(fault_of("7"), "not a JSON object");
  EXPECT_FAULT(fault_of(""), "not valid JSON");
  EXPECT_FAULT(fault_of("{\"a\":" + std::string(100, '[')), "nested too deeply");
  EXPECT_FAULT(fault_of("{\"a\":1,\"a\":2}"), "\"a\" is there twice");
}

TEST(TokenizerFile, RefusesOtherModelsByName) {
  EXPECT_FAULT(fault_with("/model/type", "Unigram"), "\"Unigram\" is not supported");
  EXPECT_FAULT(fault_with("/model/type", "WordPiece"), "\"WordPiece\" is not supported");
  EXPECT_FAULT(fault_with("/model/dropout", 0.1), "dropout");
  EXPECT_FAULT(fault_with("/model", nullptr), "no \"model\"");
}

TEST(TokenizerFile, ReportsAVocabularyThatContradictsItself) {
  EXPECT_FAULT(fault_with("/model/vocab/c", 0), "both have the id 0");
  EXPECT_FAULT(fault_with("/model/vocab/c", -3), "out of range");
  EXPECT_FAULT(fault_with("/model/vocab/c", 1'000'000'000), "out of range");
  EXPECT_FAULT(fault_with("/model/vocab/c", "x"), "an id is a text");
  EXPECT_FAULT(fault_with("/model/vocab", Json::object()), "empty or missing");
  EXPECT_FAULT(fault_with("/model/unk_token", "<unk>"), "unk_token");
  EXPECT_FAULT(fault_of(R"({"model":{"type":"BPE","vocab":{"a":0,"a":1},"merges":[]}})"), "twice");
}

TEST(TokenizerFile, ReportsMergesOfUnknownTokens) {
  EXPECT_FAULT(fault_with("/model/merges", Json::object()), "not a list of pairs");
  EXPECT_FAULT(fault_with("/model/merges/0", "a z"), "\"z\" is not in the vocabulary");
  EXPECT_FAULT(fault_with("/model/merges/0", "a c"), "\"ac\" is not in the vocabulary");
  EXPECT_FAULT(fault_with("/model/merges/0", "ab"), "not two tokens");
  EXPECT_FAULT(fault_with("/model/merges/0", Json::array({"a", "b", "c"})), "not a pair");
  EXPECT_FAULT(fault_with("/model/merges/0", 5), "not a pair");
}

TEST(TokenizerFile, ReportsAddedTokensThatContradictTheVocabulary) {
  EXPECT_FAULT(fault_with("/added_tokens/0/id", 0), "\"a\" in the vocabulary");
  EXPECT_FAULT(fault_with("/added_tokens/0/id", -1), "out of range");
  EXPECT_FAULT(fault_with("/added_tokens/0/content", "b"), "but 1 in the vocabulary");
  EXPECT_FAULT(fault_with("/added_tokens/0/content", ""), "content");
  EXPECT_FAULT(fault_with("/added_tokens", 5), "added_tokens");
  EXPECT_FAULT(fault_with("/added_tokens/1", Json({{"id", 4}, {"content", "<y>"}})), "the id 4");
}

TEST(TokenizerFile, RefusesUnknownPartsByName) {
  EXPECT_FAULT(fault_with("/normalizer", Json({{"type", "Precompiled"}})), "\"Precompiled\"");
  EXPECT_FAULT(fault_with("/pre_tokenizer", Json({{"type", "UnicodeScripts"}})), "UnicodeScripts");
  EXPECT_FAULT(fault_with("/decoder", Json({{"type", "WordPiece"}})), "\"WordPiece\"");
  EXPECT_FAULT(fault_with("/decoder", nullptr), "no decoder");
  EXPECT_FAULT(fault_with("/normalizer", 5), "not supported");
  EXPECT_FAULT(
      fault_with(
          "/pre_tokenizer",
          Json({{"type", "Split"}, {"pattern", {{"Regex", "(a"}}}, {"behavior", "Isolated"}})),
      "(a");
  EXPECT_FAULT(
      fault_with(
          "/pre_tokenizer",
          Json({{"type", "Split"}, {"pattern", {{"Regex", "a"}}}, {"behavior", "Sideways"}})),
      "Sideways");
}

TEST(TokenizerFile, ReportsAMissingFile) {
  const auto tokenizer = Tokenizer::load("/nonexistent/tokenizer.json");
  ASSERT_FALSE(tokenizer.has_value());
  EXPECT_EQ(tokenizer.error().code, ErrorCode::NotFound);
}

}  // namespace
}  // namespace eval::runners::local
