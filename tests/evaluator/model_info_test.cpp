#include "evaluator/cli/model_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluator/pipeline/host.h"

namespace eval::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const fs::path kNano =
    fs::path(EVAL_TEST_SOURCE_DIR) / "tests/runners/local_checkpoint/nemotron-3-nano";

ModelInfo nano() {
  auto info = read_model_info(kNano);
  EXPECT_TRUE(info) << describe(info.error());
  return *std::move(info);
}

TEST(ModelInfo, DescribesAModelWhoseWeightsAreNotThere) {
  const std::string text = model_info_text(nano(), {});
  EXPECT_THAT(text, HasSubstr("  architecture  nemotron_h\n"));
  EXPECT_THAT(text, HasSubstr("31.58 B total, 3.23 B active a token"));
  EXPECT_THAT(text, HasSubstr("absent; in BF16 they would have 58.8 GiB"));
  EXPECT_THAT(text, HasSubstr("32 heads of 128 over 2 of keys and values, no positional encoding"));
  EXPECT_THAT(text, HasSubstr("128 of width 1856, 6 a token; a shared one of 3712"));
  EXPECT_THAT(text, HasSubstr("context       262,144 tokens"));
  EXPECT_THAT(text, HasSubstr("ends at       token 2, 11"));
  EXPECT_THAT(text, HasSubstr("  MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME\n"));
  EXPECT_THAT(text, Not(HasSubstr("Sequences that fit")));
}

TEST(ModelInfo, AlignsTheNumbersOfTheParts) {
  const std::string text = model_info_text(nano(), {});
  EXPECT_THAT(text, HasSubstr("              layers  parameters    share    active\n"
                              "  embedding             352.32 M    1.1 %         0\n"
                              "  Mamba-2         23    891.13 M    2.8 %  891.13 M\n"
                              "  experts         23     29.84 B   94.5 %    1.84 B\n"
                              "  attention        6    140.39 M    0.4 %  140.39 M\n"));
}

TEST(ModelInfo, SaysHowManySequencesFitWhere) {
  const std::string text =
      model_info_text(nano(), {{"small", Bytes::gib(16)}, {"card", Bytes::gib(80)}});
  EXPECT_THAT(text, HasSubstr("         memory   weights   at 4,096  at 32,768  at 262,144\n"
                              "  small  16 GiB  58.8 GiB  too large  too large   too large\n"
                              "  card   80 GiB  58.8 GiB        248         73          11\n"));
}

TEST(ModelInfo, SaysTheSameInJson) {
  const Json json = model_info_json(nano(), {{"card", Bytes::gib(80)}});
  EXPECT_EQ(json["parameters"]["total"], 31'577'940'288);
  EXPECT_EQ(json["parameters"]["active"], 3'227'754'816);
  EXPECT_EQ(json["state"]["scan_bytes"], 48'234'496);
  EXPECT_EQ(json["state"]["kv_bytes_per_token"], 6'144);
  EXPECT_EQ(json["weights"]["present"], false);
  EXPECT_TRUE(json["tokenizer"].is_null());
  EXPECT_EQ(json["fits"][0]["sequences"][1]["sequences"], 73);
}

TEST(ModelInfo, FindsTheFilesOfTheText) {
  const auto folder = TempDir::create("evalctl-info-");
  fs::copy(kNano, folder->path(), fs::copy_options::recursive);
  ASSERT_TRUE(write_file(folder->path() / "tokenizer.json", "{}"));
  ASSERT_TRUE(write_file(folder->path() / "tokenizer_config.json", R"({"chat_template":"x"})"));
  EXPECT_EQ(read_model_info(folder->path())->tokenizer, "tokenizer.json, 2 B");
  EXPECT_EQ(read_model_info(folder->path())->chat_template, "template of tokenizer_config.json");
  ASSERT_TRUE(write_file(folder->path() / "chat_template.jinja", "x"));
  EXPECT_EQ(read_model_info(folder->path())->chat_template, "chat_template.jinja");
}

TEST(ModelInfo, ReportsBrokenWeightsInsteadOfCallingThemAbsent) {
  const auto folder = TempDir::create("evalctl-info-");
  fs::copy(kNano, folder->path(), fs::copy_options::recursive);
  ASSERT_TRUE(write_file(folder->path() / "model.safetensors", "cut"));
  EXPECT_FALSE(read_model_info(folder->path()));
  fs::remove(folder->path() / "model.safetensors");
  ASSERT_TRUE(write_file(folder->path() / "model.safetensors.index.json", "{"));
  EXPECT_FALSE(read_model_info(folder->path()));
}

TEST(HostMemory, HasNoMoreAvailableThanThereIs) {
  const auto memory = evaluator::host_memory();
  ASSERT_TRUE(memory);
  EXPECT_GT(memory->available.count, 0u);
  EXPECT_LE(memory->available, memory->total);
}

}  // namespace
}  // namespace eval::cli
