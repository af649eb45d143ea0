#include "runners/local/text/generation_config.h"

#include <gtest/gtest.h>

namespace eval::runners::local {
namespace {

struct Checkpoint {
  TempDir dir = *TempDir::create("generation-config");
  void write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(write_file(dir.path() / name, text).has_value());
  }
  Result<GenerationDefaults> load() { return load_generation_defaults(dir.path()); }
};

TEST(GenerationDefaults, ReadsSamplingAndEveryEosId) {
  Checkpoint checkpoint;
  checkpoint.write("generation_config.json",
                   R"({"bos_token_id": 1, "eos_token_id": [2, 11, 2], "pad_token_id": 0,
                       "do_sample": true, "temperature": 0.6, "top_p": 0.95, "top_k": 20,
                       "min_p": 0.05, "repetition_penalty": 1.1})");
  const GenerationDefaults expected{.eos_ids = {2, 11},
                                    .bos_id = 1,
                                    .pad_id = 0,
                                    .do_sample = true,
                                    .temperature = 0.6,
                                    .top_p = 0.95,
                                    .top_k = 20,
                                    .min_p = 0.05,
                                    .repetition_penalty = 1.1};
  EXPECT_EQ(*checkpoint.load(), expected);
}

TEST(GenerationDefaults, TakesWhatIsMissingFromTheConfig) {
  Checkpoint checkpoint;
  checkpoint.write("config.json", R"({"bos_token_id": 5, "eos_token_id": 6})");
  EXPECT_EQ(checkpoint.load()->eos_ids, std::vector<TokenId>{6});
  EXPECT_EQ(checkpoint.load()->bos_id, 5);
  checkpoint.write("generation_config.json", R"({"eos_token_id": 7})");
  EXPECT_EQ(checkpoint.load()->eos_ids, std::vector<TokenId>{7});
}

TEST(GenerationDefaults, AreEmptyWithoutFiles) {
  EXPECT_EQ(*Checkpoint().load(), GenerationDefaults{});
}

TEST(GenerationDefaults, NameFileAndFieldOfAFault) {
  for (const std::string text :
       {R"({"eos_token_id": "</s>"})", R"({"eos_token_id": [-1]})", R"({"temperature": -2})",
        R"({"top_p": 1.5})", R"({"top_k": -1})"}) {
    Checkpoint checkpoint;
    checkpoint.write("generation_config.json", text);
    const auto loaded = checkpoint.load();
    ASSERT_FALSE(loaded.has_value()) << text;
    EXPECT_NE(loaded.error().where.find("generation_config.json"), std::string::npos);
    EXPECT_NE(loaded.error().what.find(text.substr(2, 4)), std::string::npos)
        << loaded.error().what;
  }
}

}  // namespace
}  // namespace eval::runners::local
