// The tiny checkpoints of $EVALCTL_TEST_DATA, written by an independent program. What their numbers
// compute is checked with the backends; here, that every byte of them arrives.
#include <gtest/gtest.h>

#include <cstdlib>

#include "runners/local/checkpoint/load_model.h"
#include "runners/local/checkpoint/tensor_plan.h"
#include "tests/support/fake_backend.h"

namespace eval::runners::local {
namespace {

class PublishedModels : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("EVALCTL_TEST_DATA");
    if (data == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
    models_ = fs::path(data) / "models";
  }
  fs::path models_;
};

TEST_F(PublishedModels, LoadsEveryKindOfBlockOfTheHybrid) {
  const auto checkpoint = Checkpoint::open(models_ / "tiny_nemotron_h");
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  EXPECT_TRUE(checkpoint->warnings().empty());
  FakeBackend backend;
  LoadProgress last;
  const auto model = load_model(*checkpoint, backend, [&](LoadProgress now) { last = now; });
  ASSERT_TRUE(model) << describe(model.error());
  EXPECT_EQ(last.done, last.total);
  EXPECT_EQ(last.total, checkpoint->weight_bytes());
  ASSERT_EQ(model->layers.size(), 6u);
  const auto& attention = std::get<AttentionWeights>(model->layers[2].mixer);
  EXPECT_FALSE(attention.shape.rope);
  EXPECT_EQ(attention.qkv->rows(), (4 + 2 * 2) * 24);
  EXPECT_EQ(attention.output->cols(), 96);
  EXPECT_EQ(std::get<MambaLayer>(model->layers[3].mixer).state_layer, 1);
  EXPECT_EQ(std::get<MlpWeights>(model->layers[4].mixer).up->rows(), 112);
  EXPECT_TRUE(std::get<MoeWeights>(model->layers[5].mixer).shared.up);
  EXPECT_EQ(backend.experts_loaded.size(), 2u);
  EXPECT_EQ(model->config.eos_ids, (std::vector<std::int32_t>{2}));
}

TEST_F(PublishedModels, LoadsTheTiedDenseModel) {
  const auto checkpoint = Checkpoint::open(models_ / "tiny_qwen3");
  ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
  FakeBackend backend;
  const auto model = load_model(*checkpoint, backend);
  ASSERT_TRUE(model) << describe(model.error());
  ASSERT_EQ(model->layers.size(), 6u);
  EXPECT_FALSE(model->head);
  const auto& attention = std::get<AttentionWeights>(model->layers[0].mixer);
  EXPECT_TRUE(attention.q_norm);
  EXPECT_EQ(attention.shape.rope->theta, 1e6);
  EXPECT_EQ(std::get<MlpWeights>(model->layers[1].mixer).up->rows(), 2 * 160);
}

}  // namespace
}  // namespace eval::runners::local
