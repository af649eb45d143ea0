#include "runners/local/checkpoint/load_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "runners/local/checkpoint/config_reader.h"
#include "runners/local/checkpoint/tensor_values.h"
#include "tests/support/checkpoint_writer.h"
#include "tests/support/fake_backend.h"

namespace eval::runners::local {
namespace {

class LoadModel : public ::testing::Test {
 protected:
  void begin(std::string_view model_type, const Json& changes = Json::object()) {
    config_ = small_config(model_type);
    config_.update(changes);
    tensors_ = small_tensors(read_model_config(config_, "config.json")->config);
  }
  Result<Model> load(const std::function<void(LoadProgress)>& progress = nullptr) {
    write_checkpoint(folder_->path(), config_, tensors_);
    const Checkpoint checkpoint = EVAL_TRY(Checkpoint::open(folder_->path()));
    return load_model(checkpoint, backend_, progress);
  }
  const std::string& bytes(std::string_view name) { return tensor_named(tensors_, name).bytes; }

  Result<TempDir> folder_ = TempDir::create("evalctl-load-");
  Json config_;
  std::vector<WrittenTensor> tensors_;
  FakeBackend backend_;
};

std::string text_of(const std::vector<std::byte>& data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

TEST_F(LoadModel, StacksTheRowsOfQueryKeyAndValueAndOfGateAndUp) {
  begin("llama");
  const auto model = load();
  ASSERT_TRUE(model) << describe(model.error());
  const std::string at = "model.layers.0.";
  // Matrices in order: embedding, then qkv, output, gate and up, down of each block, then the head.
  ASSERT_EQ(backend_.matrices.size(), 2u + 2 * 4);
  EXPECT_EQ(text_of(backend_.matrices[1].data), bytes(at + "self_attn.q_proj.weight") +
                                                    bytes(at + "self_attn.k_proj.weight") +
                                                    bytes(at + "self_attn.v_proj.weight"));
  EXPECT_EQ(text_of(backend_.matrices[3].data),
            bytes(at + "mlp.gate_proj.weight") + bytes(at + "mlp.up_proj.weight"));
  EXPECT_EQ(backend_.matrices[3].use, MatrixUse::Dense);
  EXPECT_EQ(backend_.matrices.front().use, MatrixUse::Head);
  EXPECT_EQ(backend_.matrices.back().use, MatrixUse::Head);
  EXPECT_EQ(std::get<AttentionWeights>(model->layers[2].mixer).state_layer, 1);
}

TEST_F(LoadModel, EndsBetweenTwoTensorsAfterAStop) {
  begin("llama");
  write_checkpoint(folder_->path(), config_, tensors_);
  const auto checkpoint = Checkpoint::open(folder_->path());
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  std::stop_source stop;
  int reported = 0;
  const auto model = load_model(
      *checkpoint, backend_,
      [&](LoadProgress) {
        if (++reported == 3) stop.request_stop();
      },
      stop.get_token());
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::Cancelled);
  EXPECT_EQ(reported, 3);
}

TEST_F(LoadModel, JoinsTheBiasesInTheSameOrder) {
  begin("qwen2");
  const auto model = load();
  ASSERT_TRUE(model) << describe(model.error());
  const auto& attention = std::get<AttentionWeights>(model->layers[0].mixer);
  ASSERT_TRUE(attention.qkv_bias);
  EXPECT_EQ(attention.qkv_bias->size(), 24 + 12 + 12);
  const std::vector<float>& joined = backend_.vectors[1];
  const std::string& keys = bytes("model.layers.0.self_attn.k_proj.bias");
  std::uint16_t first = 0;
  std::memcpy(&first, keys.data(), sizeof(first));
  EXPECT_EQ(joined.at(24), float_of_bf16(first));
}

TEST_F(LoadModel, TurnsTheLogarithmOfTheDecayIntoTheDecay) {
  begin("nemotron_h");
  tensor_named(tensors_, "backbone.layers.0.mixer.A_log").bytes = f32_text({0, 1, 2, -1});
  const auto model = load();
  ASSERT_TRUE(model) << describe(model.error());
  // Vectors of the first layer: norm, conv weight and bias, dt_bias, A, D, inner norm.
  const std::vector<float>& a = backend_.vectors.at(4);
  ASSERT_EQ(a.size(), 4u);
  EXPECT_FLOAT_EQ(a[0], -1);
  EXPECT_FLOAT_EQ(a[2], -std::exp(2.0F));
  EXPECT_EQ(backend_.vectors.at(1).size(), static_cast<std::size_t>((24 + 2 * 2 * 8) * 4));
}

TEST_F(LoadModel, HandsAllExpertsOverInOrder) {
  begin("nemotron_h", {{"moe_latent_size", 8}});
  const auto model = load();
  ASSERT_TRUE(model) << describe(model.error());
  ASSERT_EQ(backend_.experts_loaded.size(), 1u);
  EXPECT_EQ(backend_.experts_loaded[0].up.size(), 4u);
  EXPECT_EQ(backend_.experts_loaded[0].down[3], (std::vector<std::int64_t>{8, 12}));
  EXPECT_EQ(text_of(backend_.experts_loaded[0].first_up),
            bytes("backbone.layers.1.mixer.experts.0.up_proj.weight"));
  const auto& moe = std::get<MoeWeights>(model->layers[1].mixer);
  EXPECT_EQ(moe.latent_down->rows(), 8);
  EXPECT_EQ(moe.latent_up->rows(), 16);
  EXPECT_EQ(moe.shared.down->cols(), 20);
}

TEST_F(LoadModel, KeepsTheRouterExact) {
  begin("nemotron_h");
  ASSERT_TRUE(load());
  std::size_t routers = 0;
  for (const auto& matrix : backend_.matrices) routers += matrix.use == MatrixUse::Router;
  EXPECT_EQ(routers, 1u);
}

TEST_F(LoadModel, UsesTheEmbeddingAsATiedHead) {
  begin("qwen3", {{"tie_word_embeddings", true}});
  const auto model = load();
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_FALSE(model->head);
  EXPECT_EQ(model->embedding->rows(), 40);
}

TEST_F(LoadModel, GivesBackendsAlignedTensorsWhateverTheHeadersLength) {
  begin("llama");
  for (std::size_t padding = 0; padding < 4; ++padding) {
    std::string text = safetensors_text(tensors_);
    const std::size_t end = text.find("}}") + 2;
    text.insert(end, padding, ' ');
    text[0] = static_cast<char>(text[0] + static_cast<char>(padding));
    write_text(folder_->path() / "config.json", to_json_text(config_));
    write_text(folder_->path() / "model.safetensors", text);
    const auto checkpoint = Checkpoint::open(folder_->path());
    ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
    FakeBackend backend;  // stops the process at a misaligned tensor
    ASSERT_TRUE(load_model(*checkpoint, backend));
    EXPECT_EQ(text_of(backend.matrices[2].data), bytes("model.layers.0.self_attn.o_proj.weight"));
  }
}

TEST_F(LoadModel, ReportsProgressUpToTheLastByte) {
  begin("nemotron_h");
  Bytes before;
  Bytes total;
  std::string last;
  const auto model = load([&](LoadProgress now) {
    EXPECT_GE(now.done, before);
    before = now.done;
    total = now.total;
    last = std::string(now.tensor);
  });
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(before, total);
  EXPECT_EQ(last, "lm_head.weight");
  EXPECT_GT(model->weight_bytes, total);  // vectors became F32
}

TEST_F(LoadModel, NamesTheTensorThatABackendCouldNotTake) {
  begin("nemotron_h");
  write_checkpoint(folder_->path(), config_, tensors_);
  const auto checkpoint = Checkpoint::open(folder_->path());
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  std::size_t loads = 0;
  for (;; ++loads) {
    FakeBackend backend;
    backend.fail_at = loads;
    const auto model = load_model(*checkpoint, backend);
    if (model) break;
    EXPECT_EQ(model.error().what, "out of memory");
    EXPECT_FALSE(model.error().where.empty());
  }
  EXPECT_GT(loads, 20u);
}

TEST_F(LoadModel, RefusesVectorsThatAreNotFinite) {
  begin("llama");
  tensor_named(tensors_, "model.norm.weight").bytes.replace(6, 2, "\x80\x7f");
  const auto model = load();
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::BadInput);
  EXPECT_NE(model.error().what.find("model.norm.weight"), std::string::npos);
}

// Values by the formats' definitions: IEEE 754 binary16; E4M3 of the OCP 8-bit specification.
TEST(TensorValues, ConvertsEveryFormatExactly) {
  EXPECT_EQ(float_of_bf16(0x3f80), 1);
  EXPECT_EQ(float_of_bf16(0xc0a0), -5);
  EXPECT_EQ(float_of_f16(0x3c00), 1);
  EXPECT_EQ(float_of_f16(0x7bff), 65504);
  EXPECT_EQ(float_of_f16(0x0001), std::ldexp(1.0F, -24));
  EXPECT_EQ(float_of_f16(0x8400), -std::ldexp(1.0F, -14));
  EXPECT_TRUE(std::isinf(float_of_f16(0xfc00)));
  EXPECT_TRUE(std::isnan(float_of_f16(0x7c01)));
  EXPECT_EQ(float_of_e4m3(0x38), 1);
  EXPECT_EQ(float_of_e4m3(0x7e), 448);
  EXPECT_EQ(float_of_e4m3(0x81), -std::ldexp(1.0F, -9));
  EXPECT_EQ(float_of_e4m3(0x08), std::ldexp(1.0F, -6));
  EXPECT_TRUE(std::isnan(float_of_e4m3(0xff)));
}

TEST(TensorValues, MultipliesByTheScale) {
  const std::string text = "\x38\xb8";
  const HostTensor tensor{
      std::as_bytes(std::span(text.data(), 2)), DType::F8E4M3, {2}, TensorScales::whole(0.5F)};
  EXPECT_EQ(to_floats(tensor), (std::vector<float>{0.5F, -0.5F}));
}

}  // namespace
}  // namespace eval::runners::local
