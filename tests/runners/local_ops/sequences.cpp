#include "tests/runners/local_ops/sequences.h"

#include <gtest/gtest.h>

namespace eval::runners::local {

Sequences::Sequences(Backend& backend, const Model& model, int sequences, int tokens_max,
                     int rows_max)
    : backend_(backend),
      model_(model),
      pages_each_((tokens_max + kPageTokens - 1) / kPageTokens),
      positions_(static_cast<std::size_t>(sequences), 0) {
  const StatePlan plan{state_shape(model.config), sequences, sequences * pages_each_};
  const auto allocated = backend.allocate(
      model.config, plan, {.rows = rows_max, .pieces = rows_max, .logit_rows = rows_max});
  EXPECT_TRUE(allocated.has_value()) << (allocated ? "" : describe(allocated.error()));
}

std::vector<std::vector<float>> Sequences::run(const std::vector<Part>& parts,
                                               const LayerTap& tap) {
  Step step;
  for (const Part& part : parts) {
    int& position = positions_[static_cast<std::size_t>(part.sequence)];
    step.pieces.push_back({.first_row = static_cast<std::int32_t>(step.rows()),
                           .length = static_cast<std::int32_t>(part.tokens.size()),
                           .position = position,
                           .slot = part.sequence,
                           .first_page = static_cast<std::int32_t>(step.pages.size())});
    for (const TokenId& token : part.tokens) {
      if (part.wanted == Wanted::Every ||
          (part.wanted == Wanted::Last && &token == &part.tokens.back()))
        step.logit_rows.push_back(static_cast<std::int32_t>(step.rows()));
      step.tokens.push_back(token);
      step.positions.push_back(position++);
      step.piece_of.push_back(static_cast<std::int32_t>(step.pieces.size()) - 1);
    }
    // In descending order, so that a page table is not the identity.
    for (int page = 0; page < pages_each_; ++page)
      step.pages.push_back((part.sequence + 1) * pages_each_ - 1 - page);
  }
  const Result<Tensor> logits = forward(model_, step, backend_, tap);
  EXPECT_TRUE(logits.has_value());
  const Result<std::vector<float>> values = backend_.read(*logits);
  EXPECT_TRUE(values.has_value());
  std::vector<std::vector<float>> rows;
  const auto width = static_cast<std::ptrdiff_t>(model_.config.vocabulary);
  for (auto row = values->begin(); row != values->end(); row += width)
    rows.emplace_back(row, row + width);
  return rows;
}

void Sequences::restart(int sequence) {
  positions_[static_cast<std::size_t>(sequence)] = 0;
  backend_.clear_slot(sequence);
}

void Sequences::fork(int from, int to) {
  positions_[static_cast<std::size_t>(to)] = positions_[static_cast<std::size_t>(from)];
  backend_.copy_slot(from, to);
  for (int page = 0; page < pages_each_; ++page)
    backend_.copy_page(from * pages_each_ + page, to * pages_each_ + page);
}

std::vector<std::vector<float>> run_whole(Sequences& sequences, int sequence,
                                          const std::vector<TokenId>& tokens) {
  sequences.restart(sequence);
  return sequences.run({{sequence, tokens}});
}

}  // namespace eval::runners::local
