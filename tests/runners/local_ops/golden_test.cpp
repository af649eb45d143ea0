#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/files.h"
#include "runners/local/checkpoint/load_model.h"
#include "tests/runners/local_ops/backend_case.h"
#include "tests/runners/local_ops/sequences.h"

// Tiny checkpoints with the values of a float64 reference: our own in models/, which make_models.py wrote,
// and those in $EVALCTL_TEST_DATA/models.
namespace eval::runners::local {
namespace {

using nlohmann::json;

struct GoldenCase {
  BackendCase backend;
  fs::path dir;  // empty: not there
  std::string model;
};

void PrintTo(const GoldenCase& golden, std::ostream* out) {
  *out << golden.backend.name << " " << golden.model;
}

std::set<fs::path> models_in(const fs::path& dir) {
  std::set<fs::path> models;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(dir, error))
    if (fs::exists(entry.path() / "expected.json")) models.insert(entry.path());
  return models;
}

std::vector<GoldenCase> golden_cases() {
  std::set<fs::path> models =
      models_in(fs::path(EVAL_TEST_SOURCE_DIR) / "tests/runners/local_ops/models");
  if (const char* data = std::getenv("EVALCTL_TEST_DATA"))  // NOLINT(concurrency-mt-unsafe)
    models.merge(models_in(fs::path(data) / "models"));
  std::vector<GoldenCase> cases;
  for (const BackendCase& backend : backend_cases()) {
    if (backend.int8) continue;
    for (const fs::path& dir : models) cases.push_back({backend, dir, dir.filename()});
    // These are known without the data, so that their absence is seen as a skipped test.
    for (const char* model : {"tiny_nemotron_h", "tiny_qwen3"}) {
      const bool found = std::any_of(models.begin(), models.end(),
                                     [&](const fs::path& dir) { return dir.filename() == model; });
      if (!found) cases.push_back({backend, {}, model});
    }
  }
  return cases;
}

class Golden : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    const fs::path& dir = GetParam().dir;
    if (dir.empty()) GTEST_SKIP() << "$EVALCTL_TEST_DATA/models does not hold it";
    const Result<std::string> text = read_file(dir / "expected.json");
    ASSERT_TRUE(text.has_value()) << describe(text.error());
    expected_ = json::parse(*text);
    backend_ = GetParam().backend.make();
    Result<Checkpoint> checkpoint = Checkpoint::open(dir);
    ASSERT_TRUE(checkpoint.has_value()) << describe(checkpoint.error());
    Result<Model> model = load_model(*checkpoint, *backend_);
    ASSERT_TRUE(model.has_value()) << describe(model.error());
    model_ = std::move(*model);
    sequences_ = std::make_unique<Sequences>(*backend_, model_, 2, 192);
  }

  double logit_bound() const { return GetParam().backend.bf16 ? 0.15 : 5e-5; }

  json expected_;
  std::unique_ptr<Backend> backend_;
  Model model_;
  std::unique_ptr<Sequences> sequences_;
};

TokenId arg_max(const std::vector<float>& logits) {
  return static_cast<TokenId>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

double log_sum_exp(const std::vector<float>& logits) {
  const double max = *std::max_element(logits.begin(), logits.end());
  return max + std::log(std::accumulate(logits.begin(), logits.end(), 0.0,
                                        [&](double s, float x) { return s + std::exp(x - max); }));
}

// How far the likeliest token is ahead.
float gap(std::vector<float> logits) {
  std::partial_sort(logits.begin(), logits.begin() + 2, logits.end(), std::greater<>());
  return logits[0] - logits[1];
}

TEST_P(Golden, LogitsOfEveryPosition) {
  double worst = 0;
  for (const json& item : expected_["cases"]) {
    const auto logits = run_whole(*sequences_, 0, item["tokens"].get<std::vector<TokenId>>());
    const auto last = item["last_logits"].get<std::vector<float>>();
    for (std::size_t i = 0; i < last.size(); ++i)
      worst = std::max(worst, static_cast<double>(std::fabs(logits.back()[i] - last[i])));
    // Rounding may flip a near tie between experts at some position; the last one is kept clear of that.
    const bool every = !GetParam().backend.bf16 || !item.contains("min_router_margin");
    for (std::size_t t = every ? 0 : logits.size() - 1; t < logits.size(); ++t) {
      EXPECT_NEAR(*std::max_element(logits[t].begin(), logits[t].end()),
                  item["max"][t].get<double>(), logit_bound())
          << t;
      EXPECT_NEAR(log_sum_exp(logits[t]), item["logsumexp"][t].get<double>(), logit_bound()) << t;
      if (gap(logits[t]) > 2 * logit_bound()) {
        EXPECT_EQ(arg_max(logits[t]), item["argmax"][t]) << t;
      }
    }
  }
  EXPECT_LE(worst, logit_bound());
  RecordProperty("largest_difference", std::to_string(worst));
}

TEST_P(Golden, ResidualAfterEveryBlock) {
  const double relative = GetParam().backend.bf16 ? 2e-2 : 2e-6;
  // A block of a dense model is two layers: attention and MLP.
  const std::size_t blocks = expected_["cases"][0]["after_block_last_token_norm"].size();
  const std::size_t layers_per_block = model_.layers.size() / blocks;
  for (const json& item : expected_["cases"]) {
    const auto tokens = item["tokens"].get<std::vector<TokenId>>();
    std::vector<std::vector<float>> after;
    sequences_->restart(1);
    sequences_->run({{1, tokens}}, [&](int layer, Tensor residual) {
      if ((layer + 1) % static_cast<int>(layers_per_block) != 0 || layer < 0) return;
      const std::vector<float> rows = *backend_->read(residual);
      after.emplace_back(rows.end() - model_.config.hidden, rows.end());
    });
    ASSERT_EQ(after.size(), blocks);
    for (std::size_t i = 0; i < blocks; ++i) {
      const double norm = item["after_block_last_token_norm"][i];
      const double got =
          std::sqrt(std::inner_product(after[i].begin(), after[i].end(), after[i].begin(), 0.0));
      EXPECT_NEAR(got, norm, norm * relative) << "block " << i;
      if (!item.contains("after_block_last_token")) continue;
      for (std::size_t c = 0; c < after[i].size(); ++c)
        EXPECT_NEAR(after[i][c], item["after_block_last_token"][i][c].get<double>(),
                    norm * relative)
            << "block " << i << " value " << c;
    }
  }
}

// A piece of one token, pieces that end inside a page, and the rest.
TEST_P(Golden, PiecesHaveTheBitsOfTheWhole) {
  const json& longest = *std::max_element(
      expected_["cases"].begin(), expected_["cases"].end(),
      [](const json& a, const json& b) { return a["tokens"].size() < b["tokens"].size(); });
  const auto tokens = longest["tokens"].get<std::vector<TokenId>>();
  const auto whole = run_whole(*sequences_, 0, tokens);
  sequences_->restart(1);
  std::size_t begin = 0;
  for (const std::size_t length : {1, 13, 1, 1, 8, 160}) {
    const auto first = tokens.begin() + static_cast<std::ptrdiff_t>(begin);
    const std::size_t count = std::min(length, tokens.size() - begin);
    if (count == 0) break;
    const auto piece = sequences_->run({{1, {first, first + static_cast<std::ptrdiff_t>(count)}}});
    for (std::size_t i = 0; i < count; ++i, ++begin)
      ASSERT_EQ(std::memcmp(piece[i].data(), whole[begin].data(), piece[i].size() * sizeof(float)),
                0)
          << "position " << begin;
  }
}

TEST_P(Golden, GreedyContinuations) {
  for (const json& item : expected_["greedy"]) {
    if (item["min_top2_gap"].get<double>() < logit_bound()) continue;
    sequences_->restart(0);
    auto next = item["prompt"].get<std::vector<TokenId>>();
    std::vector<TokenId> greedy;
    for (std::size_t i = 0; i < item["greedy"].size(); ++i) {
      greedy.push_back(arg_max(sequences_->run({{0, next}}).back()));
      next = {greedy.back()};
    }
    EXPECT_EQ(json(greedy), item["greedy"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, Golden, testing::ValuesIn(golden_cases()), [](const auto& test) {
  return test.param.backend.name + "_" + test.param.model;
});

}  // namespace
}  // namespace eval::runners::local
