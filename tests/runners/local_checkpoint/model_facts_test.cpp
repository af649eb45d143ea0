#include "runners/local/checkpoint/model_facts.h"

#include <gtest/gtest.h>

#include "runners/local/checkpoint/checkpoint.h"
#include "runners/local/checkpoint/config_reader.h"
#include "tests/support/checkpoint_writer.h"

namespace eval::runners::local {
namespace {

ModelConfig nemotron_3_nano() {
  const auto reading = read_folder_config(fs::path(EVAL_TEST_SOURCE_DIR) /
                                          "tests/runners/local_checkpoint/nemotron-3-nano");
  EXPECT_TRUE(reading) << describe(reading.error());
  EXPECT_TRUE(reading->warnings.empty());
  return reading->config;
}

ModelConfig small(std::string_view type, const Json& changes = Json::object()) {
  Json config = small_config(type);
  config.update(changes);
  return read_model_config(config, "config.json")->config;
}

// By hand, from the published shapes:
//   Mamba-2    10304 * 2688 + 6144 * 5 + 3 * 64 + 4096 + 2688 * 4096 + 2688         =    38,744,896
//   experts    128 * (2 * 1856 * 2688) + 2 * 3712 * 2688 + 128 * 2688 + 128 + 2688  = 1,297,468,160
//   attention  2 * 4096 * 2688 + 2 * 256 * 2688 + 2688                              =    23,399,040
// 23, 23 and 6 of them, two tables of 131072 * 2688 and a norm. A token uses 6 of 128 experts and no
// more than a row of the embedding.
TEST(ModelFacts, CountsNemotron3Nano) {
  const ModelConfig config = nemotron_3_nano();
  const ParameterCount count = count_parameters(config);
  EXPECT_EQ(count.total, 31'577'940'288);
  EXPECT_EQ(count.active, 3'227'754'816);
  EXPECT_EQ(config.eos_ids, (std::vector<std::int32_t>{2, 11}));
  const std::vector<ModelPart> parts = model_parts(config);
  ASSERT_EQ(parts.size(), 6u);
  EXPECT_EQ(parts[1].name, "Mamba-2");
  EXPECT_EQ(parts[1].layers, 23);
  EXPECT_EQ(parts[1].parameters / 23, 38'744'896);
  EXPECT_EQ(parts[2].name, "experts");
  EXPECT_EQ(parts[3].layers, 6);
}

TEST(ModelFacts, MeasuresTheStateOfNemotron3Nano) {
  const SequenceState state = sequence_state(nemotron_3_nano());
  EXPECT_EQ(state.scan.count, 23u * 64 * 64 * 128 * 4);
  EXPECT_EQ(state.convolution.count, 23u * 3 * 6144 * 2);
  EXPECT_EQ(state.kv_per_token.count, 6144u);
}

TEST(ModelFacts, SumsItsPartsToTheWhole) {
  for (const char* type : {"nemotron_h", "llama", "mistral", "qwen2", "qwen3"}) {
    for (const bool tied : {false, true}) {
      const ModelConfig config = small(type, {{"tie_word_embeddings", tied}});
      ParameterCount sum;
      for (const ModelPart& part : model_parts(config)) {
        sum.total += part.parameters;
        sum.active += part.active;
      }
      EXPECT_EQ(sum.total, count_parameters(config).total) << type;
      EXPECT_EQ(sum.active, count_parameters(config).active) << type;
    }
  }
}

TEST(ModelFacts, CountsATiedTableOnceAndAsActive) {
  const ModelConfig tied = small("llama", {{"tie_word_embeddings", true}});
  const ModelConfig untied = small("llama");
  EXPECT_EQ(count_parameters(untied).total - count_parameters(tied).total, 40 * 16);
  EXPECT_EQ(count_parameters(untied).active, count_parameters(tied).active);
}

TEST(ModelFacts, WritesThePatternInLetters) {
  EXPECT_EQ(layer_pattern(small("nemotron_h")), "ME*-");
  EXPECT_EQ(layer_pattern(small("llama")), "*-*-");
}

TEST(ModelFacts, CountsSequencesByWholePages) {
  const SequenceState state{.scan = Bytes{1000}, .convolution = {}, .kv_per_token = Bytes{10}};
  EXPECT_EQ(state.at(0).count, 1000u);
  EXPECT_EQ(state.at(1).count, 1640u);
  EXPECT_EQ(state.at(64).count, 1640u);
  EXPECT_EQ(state.at(65).count, 2280u);
  // 19 of 20 parts of the memory, less the weights, are 3 sequences of 1640.
  EXPECT_EQ(sequences_that_fit(Bytes{20'000}, Bytes{19'000 - 3 * 1640}, state, 64), 3);
  EXPECT_EQ(sequences_that_fit(Bytes{20'000}, Bytes{19'001 - 3 * 1640}, state, 64), 2);
  EXPECT_EQ(sequences_that_fit(Bytes{20'000}, Bytes{19'001}, state, 64), -1);
}

}  // namespace
}  // namespace eval::runners::local
