// A checkpoint comes from anywhere. A bounded, seeded search through files near the valid ones: headers
// and configs put together from the pieces that the readers look for, and mutated byte by byte. What is
// accepted must keep its promises; what is refused must say why.
#include <gtest/gtest.h>

#include <string>

#include "base/random.h"
#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/safetensors.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "tests/support/checkpoint_writer.h"

namespace eval::runners::local {
namespace {

constexpr std::string_view kPieces[] = {"{",      "}",          "[",        "]",
                                        ":",      ",",          "\"",       "\"a\":",
                                        "\"b\":", "\"dtype\":", "\"F32\"",  "\"U8\"",
                                        "\"F4\"", "[0,4]",      "[4,8]",    "\"shape\":",
                                        "[1]",    "[0]",        "[2,2]",    "[]",
                                        "0",      "-1",         "1.5",      "18446744073709551615",
                                        "null",   "true",       "{}",       "\\u0000",
                                        "\xff",   " ",          "1e999",    "\"data_offsets\":",
                                        "[0,8]",  "[8,0]",      "\"BF16\"", "[4]",
                                        "\"\"",   "[[",         "\"I64\"",  "\"__metadata__\":"};

void mutate(std::string& text, SplitMix64& random) {
  for (std::uint64_t i = 1 + random.below(3); i > 0 && !text.empty(); --i) {
    const std::size_t at = random.below(text.size());
    switch (random.below(4)) {
      case 0:
        text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, 1 + random.below(8));
        break;
      case 2:
        text.insert(at, kPieces[random.below(std::size(kPieces))]);
        break;
      default: {
        const std::string copy = text.substr(at, random.below(24));
        text.insert(random.below(text.size()), copy);
      }
    }
  }
}

std::string random_header(SplitMix64& random) {
  if (random.below(2) == 0) {
    std::string text = "{";
    for (std::uint64_t i = random.below(24); i > 0; --i) {
      text += kPieces[random.below(std::size(kPieces))];
    }
    return text + "}";
  }
  std::string text =
      R"({"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},)"
      R"("b":{"dtype":"U8","shape":[2,2],"data_offsets":[4,8]}})";
  mutate(text, random);
  return text;
}

// Every byte of the data is in exactly one tensor, and every tensor has the bytes of its shape.
void expect_sound(const std::vector<StoredTensor>& tensors, std::span<const std::byte> data) {
  const std::byte* expected = data.data();
  for (const StoredTensor& tensor : tensors) {
    ASSERT_EQ(tensor.bytes.data(), expected);
    expected += tensor.bytes.size();
    if (!tensor.dtype) continue;
    std::size_t bytes = dtype_bytes(*tensor.dtype);
    for (const std::int64_t size : tensor.shape) bytes *= static_cast<std::size_t>(size);
    ASSERT_EQ(tensor.bytes.size(), bytes);
  }
  ASSERT_EQ(expected, data.data() + data.size());
}

TEST(CheckpointFuzz, ReadsNoHeaderPastTheFile) {
  SplitMix64 random(20260315);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    SCOPED_TRACE(round);
    std::string file = safetensors_text(random_header(random), std::string(8, 'x'));
    const std::size_t header = file.size() - 8 - 8;
    if (random.below(8) == 0) file[random.below(8)] = static_cast<char>(random.below(256));
    if (random.below(8) == 0) file.resize(random.below(file.size() + 1));
    const auto bytes = std::as_bytes(std::span(file.data(), file.size()));
    const auto tensors = parse_safetensors(bytes, "f");
    if (!tensors) {
      ASSERT_FALSE(tensors.error().what.empty());
      ASSERT_EQ(tensors.error().where, "f");
      continue;
    }
    accepted += 1;
    expect_sound(*tensors, bytes.subspan(8 + header));
    ASSERT_FALSE(HasFatalFailure());
  }
  EXPECT_GT(accepted, 10);  // the search stays near what is valid
}

TEST(CheckpointFuzz, PlansEveryConfigItAccepts) {
  SplitMix64 random(20260316);
  const std::string_view types[] = {"nemotron_h", "llama", "mistral", "qwen2", "qwen3"};
  std::vector<std::string> seeds;
  for (const std::string_view type : types) seeds.push_back(to_json_line(small_config(type)));
  int accepted = 0;
  for (int round = 0; round < 10'000; ++round) {
    SCOPED_TRACE(round);
    std::string text = seeds[random.below(seeds.size())];
    mutate(text, random);
    const auto reading = parse_model_config(text, "c");
    if (!reading) {
      ASSERT_FALSE(reading.error().what.empty());
      continue;
    }
    accepted += 1;
    // The products that everything later relies on neither overflow nor vanish.
    if (reading->config.layers.size() > 16) continue;
    const ParameterCount count = count_parameters(reading->config);
    ASSERT_GT(count.active, 0);
    ASSERT_LE(count.active, count.total);
    state_shape(reading->config);
  }
  EXPECT_GT(accepted, 100);
}

TEST(CheckpointFuzz, TakesAnyNumberInAnyField) {
  SplitMix64 random(20260317);
  const Json numbers = {0,         1,          -1,       2,      3,         127,
                        1024,      65536,      262144,   1e300,  INT32_MAX, INT64_MIN,
                        INT64_MAX, UINT64_MAX, 0.000001, nullptr};
  for (int round = 0; round < 10'000; ++round) {
    SCOPED_TRACE(round);
    Json config = small_config(random.below(2) == 0 ? "nemotron_h" : "qwen3");
    for (int change = 0; change < 2; ++change) {
      auto field = config.begin();
      std::advance(field, random.below(config.size()));
      *field = numbers[random.below(numbers.size())];
    }
    const auto reading = read_model_config(config, "c");
    if (!reading || reading->config.layers.size() > 16) continue;
    ASSERT_GT(count_parameters(reading->config).total, 0);
  }
}

}  // namespace
}  // namespace eval::runners::local
