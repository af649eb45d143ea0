#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tests/runners/local_ops/backend_case.h"
#include "tests/runners/local_ops/sequences.h"
#include "tests/runners/local_ops/tiny_model.h"

// A token's logits are a pure function of the sequence before it: the same bits whatever else is in the
// step, and however the sequence was cut into pieces.
namespace eval::runners::local {
namespace {

using Logits = std::vector<std::vector<float>>;

constexpr int kLength = 150;  // two pages and a part

struct InvarianceCase {
  BackendCase backend;
  std::string name;
  Model (*model)(Backend&);
};

void PrintTo(const InvarianceCase& invariance, std::ostream* out) {
  *out << invariance.backend.name << " " << invariance.name;
}

std::vector<InvarianceCase> invariance_cases() {
  std::vector<InvarianceCase> cases;
  for (const BackendCase& backend : backend_cases()) {
    cases.push_back({backend, "hybrid", tiny_hybrid});
    cases.push_back({backend, "dense", tiny_dense});
  }
  return cases;
}

class Invariance : public testing::TestWithParam<InvarianceCase> {
 protected:
  void SetUp() override {
    backend_ = GetParam().backend.make();
    model_ = GetParam().model(*backend_);
    sequences_ = std::make_unique<Sequences>(*backend_, model_, 8, kLength + 10);
    tokens_ = random_tokens(kLength, 1);
  }

  // The logits of tokens_ in pieces of the given lengths, the last one repeated.
  Logits in_pieces(std::vector<int> lengths) {
    sequences_->restart(0);
    Logits logits;
    auto next = tokens_.begin();
    for (std::size_t i = 0; next != tokens_.end(); ++i) {
      const auto length =
          std::min<std::ptrdiff_t>(lengths[std::min(i, lengths.size() - 1)], tokens_.end() - next);
      const Logits piece = sequences_->run({{0, {next, next + length}}});
      logits.insert(logits.end(), piece.begin(), piece.end());
      next += length;
    }
    return logits;
  }

  std::unique_ptr<Backend> backend_;
  Model model_;
  std::unique_ptr<Sequences> sequences_;
  std::vector<TokenId> tokens_;
};

// The first position whose logits differ in any bit.
std::optional<std::size_t> first_difference(const Logits& a, const Logits& b) {
  if (a.size() != b.size()) return std::min(a.size(), b.size());
  for (std::size_t t = 0; t < a.size(); ++t)
    if (std::memcmp(a[t].data(), b[t].data(), a[t].size() * sizeof(float)) != 0) return t;
  return std::nullopt;
}

// Layers after the last with state run for the wanted rows alone, and for none where none is wanted.
TEST_P(Invariance, LogitsDoNotDependOnWhichAreWanted) {
  const Logits every = in_pieces({kLength});
  sequences_->restart(0);
  const auto half = tokens_.begin() + kLength / 2;
  EXPECT_TRUE(sequences_->run({{0, {tokens_.begin(), half}, Wanted::None}}).empty());
  sequences_->restart(1);
  const Logits last = sequences_->run(
      {{1, {tokens_.begin(), half}, Wanted::Last}, {0, {half, tokens_.end()}, Wanted::Last}});
  EXPECT_EQ(first_difference(last, {every[kLength / 2 - 1], every[kLength - 1]}), std::nullopt);
}

TEST_P(Invariance, LogitsAreFiniteAndDependOnTheTokens) {
  const Logits logits = in_pieces({kLength});
  for (const float x : logits.back()) ASSERT_TRUE(std::isfinite(x));
  tokens_[100] = (tokens_[100] + 1) % 100;
  EXPECT_EQ(first_difference(logits, in_pieces({kLength})), 100U);
}

TEST_P(Invariance, CutsAtWholePages) {
  EXPECT_EQ(first_difference(in_pieces({kLength}), in_pieces({64})), std::nullopt);
  EXPECT_EQ(first_difference(in_pieces({kLength}), in_pieces({128, 22})), std::nullopt);
}

TEST_P(Invariance, RaggedCutsAndSingleTokens) {
  if (!GetParam().backend.pieces_match_decode) GTEST_SKIP() << "not promised by this backend";
  const Logits whole = in_pieces({kLength});
  EXPECT_EQ(first_difference(whole, in_pieces({1})), std::nullopt);
  EXPECT_EQ(first_difference(whole, in_pieces({3, 1, 64, 5, 17, 60})), std::nullopt);
  EXPECT_EQ(first_difference(whole, in_pieces({63, 1, 1, 1, 84})), std::nullopt);
}

// Prefill of others, of several lengths, and decode of others around it, in either order.
TEST_P(Invariance, WhateverElseIsInTheStep) {
  const Logits alone = in_pieces({64, 64, 1});
  for (int others = 1; others <= 7; others += 2) {
    for (int s = 0; s < 8; ++s) sequences_->restart(s);
    Logits mixed;
    for (int first = 0; first < kLength;) {
      const int length = first < 128 ? 64 : 1;
      std::vector<Part> parts;
      for (int s = 1; s <= others; ++s)
        if (first < 128 || s % 2 == 0)
          parts.push_back({s, random_tokens(static_cast<std::size_t>(first == 0 ? 3 * s : 1),
                                            static_cast<std::uint64_t>(first + s))});
      const auto before = static_cast<std::size_t>(others / 2);
      std::size_t skipped = 0;
      for (std::size_t i = 0; i < std::min(before, parts.size()); ++i)
        skipped += parts[i].tokens.size();
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(std::min(before, parts.size())),
                   {0, {tokens_.begin() + first, tokens_.begin() + first + length}});
      const Logits step = sequences_->run(parts);
      mixed.insert(mixed.end(), step.begin() + static_cast<std::ptrdiff_t>(skipped),
                   step.begin() + static_cast<std::ptrdiff_t>(skipped) + length);
      first += length;
    }
    EXPECT_EQ(first_difference(alone, mixed), std::nullopt) << others << " others";
  }
}

TEST_P(Invariance, AForkedSequenceGoesOnAsTheOriginal) {
  const std::vector<TokenId> prompt(tokens_.begin(), tokens_.begin() + 70);
  const Logits whole = in_pieces({70, 1});
  sequences_->restart(0);
  sequences_->run({{0, prompt}});
  sequences_->fork(0, 5);
  sequences_->run({{0, {1}}});  // the original goes another way
  const Logits forked = sequences_->run({{5, {tokens_[70]}}});
  EXPECT_EQ(first_difference(forked, {whole[70]}), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Backends, Invariance, testing::ValuesIn(invariance_cases()),
                         [](const auto& test) {
                           return test.param.backend.name + "_" + test.param.name;
                         });

}  // namespace
}  // namespace eval::runners::local
