#include "runners/local/checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <limits>

#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "tests/support/checkpoint_writer.h"

namespace eval::runners::local {
namespace {

class CheckpointFolder : public ::testing::Test {
 protected:
  // A sound checkpoint of this kind, in memory.
  void begin(std::string_view model_type, const Json& changes = Json::object()) {
    config_ = small_config(model_type);
    config_.update(changes);
    const auto reading = read_model_config(config_, "config.json");
    ASSERT_TRUE(reading) << describe(reading.error());
    tensors_ = small_tensors(reading->config);
  }
  Result<Checkpoint> open() {
    write_checkpoint(dir(), config_, tensors_);
    return Checkpoint::open(dir());
  }
  Error fault() {
    const auto checkpoint = open();
    if (checkpoint) return {ErrorCode::Internal, "(accepted)", {}, {}, 0, {}};
    return checkpoint.error();
  }
  WrittenTensor& tensor(std::string_view name) { return tensor_named(tensors_, name); }
  void erase(std::string_view name) {
    std::erase_if(tensors_, [&](const WrittenTensor& t) { return t.name == name; });
  }
  void rename(const std::string& from, const std::string& to) {
    for (WrittenTensor& t : tensors_) {
      if (const auto at = t.name.find(from); at != std::string::npos) {
        t.name.replace(at, from.size(), to);
      }
    }
  }
  // Replaces the experts of layer 1 by one tensor for each projection.
  void stack_experts(const std::string& suffix, int experts = 4) {
    for (const std::string projection : {"up_proj", "down_proj"}) {
      const std::string stem = "backbone.layers.1.mixer.experts.";
      WrittenTensor stacked{stem + projection + suffix, "BF16", {experts}, {}};
      const WrittenTensor first = tensor(stem + "0." + projection + ".weight");
      stacked.shape.insert(stacked.shape.end(), first.shape.begin(), first.shape.end());
      for (int e = 0; e < experts; ++e) {
        const std::string name = stem + std::to_string(e) + "." + projection + ".weight";
        stacked.bytes += e < 4 ? tensor(name).bytes : first.bytes;
      }
      for (int e = 0; e < 4; ++e) erase(stem + std::to_string(e) + "." + projection + ".weight");
      tensors_.push_back(stacked);
    }
  }
  const fs::path& dir() const { return folder_->path(); }

  Result<TempDir> folder_ = TempDir::create("evalctl-checkpoint-");
  Json config_;
  std::vector<WrittenTensor> tensors_;
};

std::string text_of(const HostTensor& tensor) {
  return {reinterpret_cast<const char*>(tensor.bytes.data()), tensor.bytes.size()};
}

TEST_F(CheckpointFolder, OpensEveryArchitecture) {
  for (const char* type : {"nemotron_h", "llama", "mistral", "qwen2", "qwen3"}) {
    begin(type);
    const auto checkpoint = open();
    ASSERT_TRUE(checkpoint) << type << ": " << describe(checkpoint.error());
    EXPECT_TRUE(checkpoint->warnings().empty());
    for (const TensorSpec& spec : tensor_plan(checkpoint->config())) {
      ASSERT_NE(checkpoint->find(spec.name), nullptr) << spec.name;
      EXPECT_EQ(checkpoint->find(spec.name)->shape, spec.shape);
    }
    EXPECT_EQ(checkpoint->find("nothing"), nullptr);
  }
}

TEST_F(CheckpointFolder, OpensLatentExpertsAndBiases) {
  begin("nemotron_h", {{"moe_latent_size", 8}, {"use_bias", true}, {"attention_bias", true}});
  const auto checkpoint = open();
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_EQ(checkpoint->find("backbone.layers.1.mixer.fc1_latent_proj.weight")->shape,
            (std::vector<std::int64_t>{8, 16}));
  EXPECT_EQ(checkpoint->find("backbone.layers.1.mixer.experts.3.up_proj.weight")->shape,
            (std::vector<std::int64_t>{12, 8}));
  EXPECT_NE(checkpoint->find("backbone.layers.0.mixer.in_proj.bias"), nullptr);
}

TEST_F(CheckpointFolder, CountsBytesByType) {
  begin("nemotron_h");
  const auto checkpoint = open();
  ASSERT_TRUE(checkpoint);
  EXPECT_EQ(checkpoint->bytes_by_dtype().at("F32").count, 3u * 4 * 4);
  std::uint64_t all = 0;
  for (const WrittenTensor& t : tensors_) all += t.bytes.size();
  EXPECT_EQ(checkpoint->weight_bytes().count, all);
}

TEST_F(CheckpointFolder, TakesTheLaterSpellings) {
  begin("nemotron_h");
  const std::string embedding = tensor("backbone.embeddings.weight").bytes;
  rename("backbone.embeddings", "model.embed_tokens");
  rename("backbone.norm_f", "model.norm");
  rename("backbone.", "model.");
  const auto checkpoint = open();
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_EQ(text_of(*checkpoint->find("backbone.embeddings.weight")), embedding);
  begin("qwen3");
  rename("model.", "");
  EXPECT_TRUE(open());
}

TEST_F(CheckpointFolder, SplitsStackedExperts) {
  for (const char* suffix : {"", ".weight"}) {
    begin("nemotron_h");
    const std::string third = tensor("backbone.layers.1.mixer.experts.2.down_proj.weight").bytes;
    stack_experts(suffix);
    const auto checkpoint = open();
    ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
    const HostTensor* found =
        checkpoint->find("backbone.layers.1.mixer.experts.2.down_proj.weight");
    EXPECT_EQ(found->shape, (std::vector<std::int64_t>{16, 12}));
    EXPECT_EQ(text_of(*found), third);
  }
}

TEST_F(CheckpointFolder, RefusesStacksOfTheWrongHeight) {
  begin("nemotron_h");
  stack_experts("", 3);
  EXPECT_NE(fault().what.find("holds 3 experts"), std::string::npos) << describe(fault());
  begin("nemotron_h");
  stack_experts("", 5);
  EXPECT_NE(fault().what.find("holds 5 experts, but config.json asks for 4"), std::string::npos);
}

TEST_F(CheckpointFolder, ReadsManyFilesThroughTheirIndex) {
  begin("llama");
  write_text(dir() / "config.json", to_json_text(config_));
  const std::size_t half = tensors_.size() / 2;
  Json map = Json::object();
  for (std::size_t i = 0; i < tensors_.size(); ++i) {
    map[tensors_[i].name] =
        i < half ? "model-00001-of-00002.safetensors" : "model-00002-of-00002.safetensors";
  }
  const auto middle = tensors_.begin() + static_cast<std::ptrdiff_t>(half);
  write_text(dir() / "model-00001-of-00002.safetensors",
             safetensors_text({tensors_.begin(), middle}));
  write_text(dir() / "model-00002-of-00002.safetensors",
             safetensors_text({middle, tensors_.end()}));
  write_text(dir() / "model.safetensors.index.json", to_json_text({{"weight_map", map}}));
  const auto checkpoint = Checkpoint::open(dir());
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_EQ(checkpoint->file_count(), 2u);
  fs::remove(dir() / "model.safetensors.index.json");
  EXPECT_TRUE(Checkpoint::open(dir()));
  fs::remove(dir() / "model-00002-of-00002.safetensors");
  EXPECT_FALSE(Checkpoint::open(dir()));
  // With the index, the file itself is what is missing.
  write_text(dir() / "model.safetensors.index.json", to_json_text({{"weight_map", map}}));
  const auto missing = Checkpoint::open(dir());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_NE(missing.error().where.find("model-00002-of-00002"), std::string::npos);
}

TEST_F(CheckpointFolder, RefusesAnIndexThatLeavesTheFolderOrPromisesTooMuch) {
  begin("llama");
  ASSERT_TRUE(open());
  fs::rename(dir() / "model.safetensors", dir() / "a.safetensors");
  const auto index_fault = [&](const Json& index) {
    write_text(dir() / "model.safetensors.index.json", to_json_text(index));
    const auto checkpoint = Checkpoint::open(dir());
    return checkpoint ? "(accepted)" : checkpoint.error().what;
  };
  EXPECT_NE(index_fault({{"weight_map", {{"w", "../a.safetensors"}}}}).find("no file beside it"),
            std::string::npos);
  EXPECT_NE(index_fault({{"weight_map", {{"w", 3}}}}).find("no file beside it"), std::string::npos);
  EXPECT_EQ(index_fault({{"weight_map", Json::object()}}), "\"weight_map\" is missing or empty");
  EXPECT_EQ(index_fault(Json::array()), "\"weight_map\" is missing or empty");
  EXPECT_NE(index_fault({{"weight_map", {{"w", "a.safetensors"}}}}).find("tensor \"w\""),
            std::string::npos);
  EXPECT_EQ(index_fault({{"weight_map", {{"model.norm.weight", "a.safetensors"}}}}), "(accepted)");
}

TEST_F(CheckpointFolder, NamesEveryMissingAndMisshapenTensor) {
  begin("llama");
  erase("model.layers.0.mlp.up_proj.weight");
  tensor("model.norm.weight").shape = {4, 4};
  erase("lm_head.weight");
  const Error error = fault();
  EXPECT_EQ(error.what,
            "tensor \"model.norm.weight\" has shape [4, 4], but config.json asks for [16]");
  EXPECT_TRUE(error.where.ends_with("model.safetensors"));
  ASSERT_EQ(error.also.size(), 2u);
  EXPECT_EQ(error.also[0].what,
            "tensor \"model.layers.0.mlp.up_proj.weight\" of shape [24, 16] is missing");
  EXPECT_NE(error.also[1].help.find("tie_word_embeddings"), std::string::npos);
}

TEST_F(CheckpointFolder, BoundsTheListOfFaults) {
  begin("llama", {{"num_hidden_layers", 8}});
  tensors_.resize(1);
  const Error error = fault();
  EXPECT_EQ(error.also.size(), 20u);
  EXPECT_NE(error.also.back().what.find("more faults"), std::string::npos);
}

TEST_F(CheckpointFolder, RefusesATensorUnderTwoSpellings) {
  begin("llama");
  WrittenTensor twin = tensor("model.norm.weight");
  twin.name = "norm.weight";
  tensors_.push_back(twin);
  EXPECT_NE(fault().what.find("is there twice"), std::string::npos);
}

TEST_F(CheckpointFolder, RefusesTypesThatAreNoWeights) {
  begin("llama");
  WrittenTensor& norm = tensor("model.norm.weight");
  norm.dtype = "F64";
  norm.bytes.assign(16 * 8, '\0');
  EXPECT_EQ(fault().code, ErrorCode::Unsupported);
  EXPECT_NE(fault().what.find("F64"), std::string::npos);
  norm.dtype = "I32";
  norm.bytes.assign(16 * 4, '\0');
  EXPECT_EQ(fault().code, ErrorCode::Unsupported);
}

TEST_F(CheckpointFolder, RefusesABiasThatTheConfigDenies) {
  begin("llama");
  tensors_.push_back({"model.layers.0.self_attn.q_proj.bias", "BF16", {24}, bf16_text(24, 1)});
  EXPECT_NE(fault().what.find("is a bias"), std::string::npos);
}

TEST_F(CheckpointFolder, IgnoresWhatBelongsToOtherUsesOfTheModel) {
  begin("qwen3", {{"tie_word_embeddings", true}});
  tensors_.push_back({"mtp.layers.0.norm.weight", "I64", {1}, std::string(8, 'x')});
  tensors_.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", {1}, f32_text({1})});
  tensors_.push_back({"model.layers.0.self_attn.k_proj.k_scale", "F32", {}, f32_text({1})});
  tensors_.push_back({"lm_head.weight", "BF16", {40, 16}, bf16_text(640, 1)});
  const auto checkpoint = open();
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_TRUE(checkpoint->warnings().empty());
  EXPECT_EQ(checkpoint->find("lm_head.weight"), nullptr);
}

TEST_F(CheckpointFolder, WarnsOfTensorsThatNothingUses) {
  begin("llama");
  tensors_.push_back({"model.layers.9.norm.weight", "BF16", {1}, "xx"});
  tensors_.push_back({"vision.patch", "I64", {1}, std::string(8, 'x')});
  const auto checkpoint = open();
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  ASSERT_EQ(checkpoint->warnings().size(), 1u);
  EXPECT_NE(checkpoint->warnings()[0].find("2 tensors"), std::string::npos);
  EXPECT_NE(checkpoint->warnings()[0].find("\"vision.patch\""), std::string::npos);
}

TEST_F(CheckpointFolder, TakesOneScaleForAnFp8Tensor) {
  for (const char* suffix : {"_scale", "_scale_inv"}) {
    begin("llama");
    WrittenTensor& up = tensor("model.layers.0.mlp.up_proj.weight");
    up.dtype = "F8_E4M3";
    up.bytes.assign(24 * 16, '\x38');
    tensors_.push_back(
        {std::string("model.layers.0.mlp.up_proj.weight") + suffix, "F32", {}, f32_text({0.25F})});
    tensors_.push_back({"model.layers.0.mlp.up_proj.input_scale", "F32", {}, f32_text({3})});
    const auto checkpoint = open();
    ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
    EXPECT_EQ(checkpoint->find("model.layers.0.mlp.up_proj.weight")->scales.of_row(23), 0.25F);
    EXPECT_EQ(checkpoint->find("model.layers.0.mlp.gate_proj.weight")->scales.of_row(0), 1);
  }
}

TEST_F(CheckpointFolder, RefusesFp8WithoutOneSoundScale) {
  const std::string name = "model.layers.0.mlp.up_proj.weight";
  const auto fault_with = [&](std::vector<WrittenTensor> scales) {
    begin("llama");
    tensor(name).dtype = "F8_E4M3";
    tensor(name).bytes.assign(24 * 16, '\x38');
    tensors_.insert(tensors_.end(), scales.begin(), scales.end());
    return fault().what;
  };
  EXPECT_NE(fault_with({}).find("has no scale"), std::string::npos);
  EXPECT_NE(fault_with({{name + "_scale", "F32", {24, 1}, std::string(96, '\0')}})
                .find("no positive number"),
            std::string::npos);
  EXPECT_NE(fault_with({{name + "_scale", "F32", {12, 1}, f32_text(std::vector<float>(12, 1))}})
                .find("no scale of a tensor of shape [24, 16]"),
            std::string::npos);
  EXPECT_NE(fault_with({{name + "_scale", "F32", {1}, f32_text({-1})}}).find("no positive number"),
            std::string::npos);
  EXPECT_NE(
      fault_with(
          {{name + "_scale", "F32", {1}, f32_text({std::numeric_limits<float>::quiet_NaN()})}})
          .find("no positive number"),
      std::string::npos);
  EXPECT_NE(fault_with({{name + "_scale", "F32", {1}, f32_text({1})},
                        {name + "_scale_inv", "F32", {1}, f32_text({1})}})
                .find("two scales"),
            std::string::npos);
  begin("llama");
  tensors_.push_back({name + "_scale", "F32", {1}, f32_text({2})});
  EXPECT_NE(fault().what.find("has a scale, but is stored in BF16"), std::string::npos);
}

TEST_F(CheckpointFolder, SaysWhatIsMissingInAFolder) {
  const auto nothing = Checkpoint::open(dir());
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::NotFound);
  EXPECT_NE(nothing.error().help.find("config.json"), std::string::npos);
  write_text(dir() / "config.json", to_json_text(small_config("llama")));
  write_text(dir() / "pytorch_model.bin", "x");
  const auto pickled = Checkpoint::open(dir());
  ASSERT_FALSE(pickled);
  EXPECT_NE(pickled.error().help.find("convert"), std::string::npos);
  EXPECT_FALSE(has_weights(dir()));
}

TEST_F(CheckpointFolder, NamesTheFileThatIsCut) {
  begin("llama");
  std::string text = safetensors_text(tensors_);
  text.resize(text.size() - 1);
  write_text(dir() / "config.json", to_json_text(config_));
  write_text(dir() / "model.safetensors", text);
  const auto checkpoint = Checkpoint::open(dir());
  ASSERT_FALSE(checkpoint);
  EXPECT_TRUE(checkpoint.error().where.ends_with("model.safetensors"));
  EXPECT_NE(checkpoint.error().what.find("lm_head.weight"), std::string::npos);
}

TEST_F(CheckpointFolder, MergesTheEndTokensOfTheGenerationConfig) {
  begin("llama");
  write_text(dir() / "generation_config.json", R"({"eos_token_id":[2,11]})");
  EXPECT_EQ(open()->config().eos_ids, (std::vector<std::int32_t>{2, 11}));
  write_text(dir() / "generation_config.json", "{");
  EXPECT_FALSE(open());
}

}  // namespace
}  // namespace eval::runners::local
