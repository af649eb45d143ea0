// Ids and texts that the tokenizers library gives for 41 texts in each of 49 set-ups of three small
// tokenizers; make_data.py made them.
#include "tests/runners/local_text/small_tokenizers.h"

namespace eval::runners::local {
namespace {

Json changed(Json file, const Json& change) {
  for (const auto& [key, value] : change.items()) {
    if (key == "model") {
      for (const auto& [option, setting] : value.items()) file["model"][option] = setting;
    } else {
      file[key] = value;
    }
  }
  return file;
}

// How many set-ups of `base` were compared.
int compare_all(const std::string& base) {
  const Json data = read_data("cases.json");
  const Json file = read_data(base + ".json");
  int compared = 0;
  for (const Json& each : data["cases"]) {
    if (each["base"] != base) continue;
    SCOPED_TRACE(each["name"].get<std::string>());
    const Tokenizer tokenizer = parsed(changed(file, each["change"]));
    for (std::size_t i = 0; i < data["strings"].size(); ++i) {
      const auto text = data["strings"][i].get<std::string>();
      const auto ids = each["results"][i][0].get<Ids>();
      EXPECT_EQ(encoded(tokenizer, text, SpecialTokens::Parse), ids) << text;
      EXPECT_EQ(tokenizer.decode(ids), each["results"][i][1].get<std::string>()) << text;
    }
    ++compared;
  }
  return compared;
}

TEST(TokenizerGolden, ByteLevelSetUpsEqualTheLibrary) {
  EXPECT_EQ(compare_all("byte_level"), 38);
}

TEST(TokenizerGolden, SentencePieceSetUpsEqualTheLibrary) {
  EXPECT_EQ(compare_all("sentence_piece"), 10);
}

TEST(TokenizerGolden, PrefixesAndSuffixesOfWordsEqualTheLibrary) {
  EXPECT_EQ(compare_all("word_ends"), 1);
}

}  // namespace
}  // namespace eval::runners::local
