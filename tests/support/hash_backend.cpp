#include "tests/support/hash_backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace eval::testing {
namespace {

using namespace runners::local;  // NOLINT: this file is about nothing else

class HashMatrix final : public Matrix {
 public:
  HashMatrix(std::int64_t rows, std::int64_t cols) : rows_(rows), cols_(cols) {}
  std::int64_t rows() const override { return rows_; }
  std::int64_t cols() const override { return cols_; }
  Bytes bytes() const override { return Bytes{static_cast<std::uint64_t>(rows_ * cols_ * 4)}; }

 private:
  std::int64_t rows_;
  std::int64_t cols_;
};

class HashVector final : public Vector {
 public:
  std::int64_t size() const override { return 1; }
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
  std::uint64_t z = hash * 0x9E3779B97F4A7C15 + value + 1;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

std::int32_t drawn(std::uint64_t hash, const SampleRule& rule, std::int64_t vocabulary) {
  if (rule.temperature != 0) hash = mix(mix(mix(hash, rule.seed), rule.attempt), rule.position);
  if (!rule.seen.empty()) hash = mix(hash, rule.seen.size());
  return static_cast<std::int32_t>(hash % static_cast<std::uint64_t>(vocabulary));
}

}  // namespace

std::uint64_t HashBackend::mixed(std::uint64_t hash, Cell cell) const {
  hash = mix(hash, static_cast<std::uint64_t>(cell.token));
  return pieces_match || !cell.alone ? hash : mix(hash, 77);
}

Result<MatrixPtr> HashBackend::load_matrix(std::span<const HostTensor>, MatrixUse) {
  return MatrixPtr(std::make_unique<HashMatrix>(1, 1));
}

Result<VectorPtr> HashBackend::load_vector(std::span<const float>) {
  return VectorPtr(std::make_unique<HashVector>());
}

Result<ExpertsPtr> HashBackend::load_experts(const ExpertTensors&) {
  return fail(ErrorCode::Unsupported, "the hash backend has no experts");
}

Result<void> HashBackend::allocate(const ModelConfig& config, const StatePlan& plan,
                                   const StepLimits& limits) {
  slots_.assign(static_cast<std::size_t>(plan.slots), Slot{123, -1000});  // not cleared
  pages_.assign(static_cast<std::size_t>(plan.pages), Page{});
  limits_ = limits;
  vocabulary_ = config.vocabulary;
  return {};
}

void HashBackend::clear_slot(std::int32_t slot) {
  slots_.at(static_cast<std::size_t>(slot)) = {};
}

void HashBackend::copy_slot(std::int32_t from, std::int32_t to) {
  slots_.at(static_cast<std::size_t>(to)) = slots_.at(static_cast<std::size_t>(from));
}

void HashBackend::copy_page(std::int32_t from, std::int32_t to) {
  pages_.at(static_cast<std::size_t>(to)) = pages_.at(static_cast<std::size_t>(from));
}

void HashBackend::check_step(const Step& step) {
  if (step.rows() > limits_.rows) fault(fmt::format("{} rows", step.rows()));
  if (std::ssize(step.pieces) > limits_.pieces) fault("too many pieces");
  if (std::ssize(step.logit_rows) > limits_.logit_rows) fault("too many logit rows");
  if (!std::ranges::is_sorted(step.logit_rows)) fault("logit rows are not ascending");
  std::set<std::int32_t> slots;
  std::map<std::int32_t, int> uses;  // pages by the pieces that have them
  std::int32_t row = 0;
  for (const Piece& piece : step.pieces) {
    if (!slots.insert(piece.slot).second) fault("two pieces share a slot");
    if (piece.first_row != row) fault("pieces are not in the order of their rows");
    row += piece.length;
    const std::int64_t pages = (piece.position + piece.length + kPageTokens - 1) / kPageTokens;
    for (std::int64_t i = 0; i < pages; ++i) {
      uses[step.pages.at(static_cast<std::size_t>(piece.first_page + i))] += 1;
    }
    // Cuts are at page edges: a piece begins at one, or it is one token, or follows a prompt's end.
    if (piece.length > 1 && piece.position % kPageTokens != 0 && !pieces_match) {
      fault("a long piece begins inside a page");
    }
  }
  if (row != step.rows()) fault("rows without a piece");
  for (const Piece& piece : step.pieces) {
    for (std::int64_t p = piece.position; p < piece.position + piece.length; ++p) {
      const auto index = static_cast<std::size_t>(piece.first_page + p / kPageTokens);
      if (uses[step.pages[index]] > 1) fault("a page that others use is written");
    }
  }
}

void HashBackend::run_piece(const Step& step, const Piece& piece) {
  Slot& slot = slots_.at(static_cast<std::size_t>(piece.slot));
  if (slot.tokens != piece.position) {
    fault(fmt::format("slot {} has {} tokens, the piece begins at {}", piece.slot, slot.tokens,
                      piece.position));
  }
  const auto cell_at = [&](std::int64_t position) -> Cell& {
    const auto index = static_cast<std::size_t>(piece.first_page + position / kPageTokens);
    return pages_.at(static_cast<std::size_t>(step.pages.at(index)))
        .at(static_cast<std::size_t>(position % kPageTokens));
  };
  std::uint64_t through_pages = 0;
  for (std::int64_t i = 0; i < piece.position; ++i) {
    through_pages = mixed(through_pages, cell_at(i));
  }
  for (std::int32_t i = 0; i < piece.length; ++i) {
    const auto row = static_cast<std::size_t>(piece.first_row + i);
    if (step.positions.at(row) != piece.position + i) fault("a position is wrong");
    if (&step.pieces.at(static_cast<std::size_t>(step.piece_of.at(row))) != &piece) {
      fault("a row names another piece");
    }
    Cell& cell = cell_at(piece.position + i);
    cell = {step.tokens.at(row), piece.length == 1};
    slot.hash = mixed(slot.hash, cell);
    slot.tokens += 1;
    through_pages = mixed(through_pages, cell);
    if (through_pages != slot.hash) fault("slot and pages tell different sequences");
    row_hashes_.at(row) = through_pages;
  }
}

Result<void> HashBackend::run_step(const Step& step, const std::function<void()>& body) {
  if (before_step) EVAL_TRY(before_step(steps_));
  steps_ += 1;
  rows_of_step.push_back(step.rows());
  check_step(step);
  row_hashes_.assign(static_cast<std::size_t>(step.rows()), 0);
  logit_rows_ = step.logit_rows;
  for (const Piece& piece : step.pieces) run_piece(step, piece);
  body();
  return {};
}

Tensor HashBackend::scratch(std::int64_t rows, std::int64_t cols, DType dtype) {
  return {nullptr, dtype, rows, cols, cols};
}

Result<std::vector<SampledToken>> HashBackend::sample(Tensor, std::span<const SampleRule> rules) {
  if (rules.size() != logit_rows_.size()) fault("rules and logit rows do not pair");
  std::vector<SampledToken> tokens;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto row = static_cast<std::size_t>(logit_rows_.at(i));
    tokens.push_back({drawn(row_hashes_.at(row), rules[i], vocabulary_), -1.0F, {}});
  }
  return tokens;
}

Model hash_model(std::int64_t vocabulary, std::int64_t context) {
  Model model;
  model.config.vocabulary = vocabulary;
  model.config.hidden = 1;
  model.config.context_max = context;
  model.embedding = std::make_unique<HashMatrix>(vocabulary, 1);
  model.final_norm = std::make_unique<HashVector>();
  return model;
}

std::int32_t hash_next_token(const HashBackend& backend, const std::vector<std::int32_t>& tokens,
                             std::size_t prompt, const SampleRule& rule, std::int64_t vocabulary) {
  std::uint64_t hash = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    hash = mix(hash, static_cast<std::uint64_t>(tokens[i]));
    const bool alone = i + 1 >= prompt || (i + 2 == prompt && i % kPageTokens == 0);
    if (!backend.pieces_match && alone) hash = mix(hash, 77);
  }
  return drawn(hash, rule, vocabulary);
}

}  // namespace eval::testing
