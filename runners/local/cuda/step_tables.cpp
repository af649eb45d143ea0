#include "runners/local/cuda/step_tables.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace eval::runners::local::cuda {
namespace {

constexpr std::int32_t kPromptRows = kPromptWarps * kTileRows;

std::int32_t splits_of(const Piece& piece) {
  return (piece.position + piece.length + kSplitTokens - 1) / kSplitTokens;
}

void add_tiles(std::vector<Tile>& tiles, std::int32_t piece, std::int32_t rows, std::int32_t size) {
  for (std::int32_t first = 0; first < rows; first += size) tiles.push_back({piece, first});
}

}  // namespace

StepTables::StepTables(Device& device, const TableLimits& limits)
    : device_(&device), limits_(limits) {
  const auto place = [this](std::int64_t count, std::size_t bytes) {
    const std::size_t offset = size_;
    size_ += (static_cast<std::size_t>(count) * bytes + 255) / 256 * 256;
    return offset;
  };
  tokens_at_ = place(limits.rows, sizeof(std::int32_t));
  positions_at_ = place(limits.rows, sizeof(std::int32_t));
  piece_of_at_ = place(limits.rows, sizeof(std::int32_t));
  logit_rows_at_ = place(limits.logit_rows, sizeof(std::int32_t));
  pieces_at_ = place(limits.pieces, sizeof(Piece));
  decode_at_ = place(limits.pieces * ((limits.group + kTileRows - 1) / kTileRows), sizeof(Tile));
  prompt_at_ = place(limits.rows * limits.group / kPromptRows + limits.pieces, sizeof(Tile));
  conv_at_ = place(limits.rows / kConvTokens + limits.pieces, sizeof(Tile));
  long_at_ = place(limits.pieces, sizeof(Tile));
  pages_at_ = place(limits.page_entries, sizeof(std::int32_t));
  staging_.resize(pages_at_);
}

Result<StepTables> StepTables::create(Device& device, const TableLimits& limits) {
  StepTables tables(device, limits);
  tables.memory_ = EVAL_TRY(DeviceBuffer::create(device, Bytes{tables.size_}));
  return tables;
}

StepView StepTables::view() const {
  return {at<std::int32_t>(tokens_at_),   at<std::int32_t>(positions_at_),
          at<std::int32_t>(piece_of_at_), at<std::int32_t>(logit_rows_at_),
          at<Piece>(pieces_at_),          at<std::int32_t>(pages_at_)};
}

template <class T>
void StepTables::put(std::size_t offset, const std::vector<T>& values) {
  if (!values.empty())
    std::memcpy(staging_.data() + offset, values.data(), values.size() * sizeof(T));
}

// Decoding pieces have partial results of `splits_` splits each. Where that does not fit, the longest
// sequences go through the prompt kernel, which gives the same bits with one block where many could work.
void StepTables::list_tiles() {
  decode_.clear();
  prompt_.clear();
  conv_.clear();
  long_.clear();
  const auto decoding = std::count_if(pieces_.begin(), pieces_.end(),
                                      [](const Piece& piece) { return piece.length == 1; });
  const std::int64_t tiles = decoding * ((limits_.group + kTileRows - 1) / kTileRows);
  const std::int64_t room = tiles == 0 ? 0 : limits_.partials / tiles;
  splits_ = 1;
  for (std::int32_t i = 0; i < pieces(); ++i) {
    const Piece& piece = pieces_[static_cast<std::size_t>(i)];
    const auto splits =
        static_cast<std::int32_t>(std::bit_ceil(static_cast<std::uint32_t>(splits_of(piece))));
    if (piece.length == 1 && splits <= room) {
      add_tiles(decode_, i, limits_.group, kTileRows);
      splits_ = std::max(splits_, splits);
    } else {
      add_tiles(prompt_, i, piece.length * limits_.group, kPromptRows);
    }
    add_tiles(conv_, i, piece.length, kConvTokens);
    if (piece.length > kConvTokens) long_.push_back({i, 0});
  }
}

void StepTables::load(const Step& step, std::int64_t rows, std::int32_t dummy_page,
                      std::int32_t dummy_slot) {
  EVAL_CHECK(step.rows() <= rows && rows <= limits_.rows);
  std::vector<std::int32_t> tokens(step.tokens);
  std::vector<std::int32_t> positions(step.positions);
  std::vector<std::int32_t> piece_of(step.piece_of);
  std::vector<std::int32_t> logit_rows(step.logit_rows);
  std::vector<std::int32_t> pages(step.pages);
  pieces_ = step.pieces;
  for (auto row = static_cast<std::int32_t>(step.rows()); row < rows; ++row) {
    tokens.push_back(0);
    positions.push_back(0);
    piece_of.push_back(pieces());
    logit_rows.push_back(row);
    pieces_.push_back({row, 1, 0, dummy_slot, static_cast<std::int32_t>(pages.size())});
    pages.push_back(dummy_page);
  }
  EVAL_CHECK(pieces() <= limits_.pieces);
  EVAL_CHECK(static_cast<std::int64_t>(logit_rows.size()) <= limits_.logit_rows);
  EVAL_CHECK(static_cast<std::int64_t>(pages.size()) <= limits_.page_entries);
  list_tiles();
  put(tokens_at_, tokens);
  put(positions_at_, positions);
  put(piece_of_at_, piece_of);
  put(logit_rows_at_, logit_rows);
  put(pieces_at_, pieces_);
  put(decode_at_, decode_);
  put(prompt_at_, prompt_);
  put(conv_at_, conv_);
  put(long_at_, long_);
  device_->copy_to_device(memory_.data(), staging_.data(), staging_.size());
  device_->copy_to_device(memory_.data() + pages_at_, pages.data(),
                          pages.size() * sizeof(std::int32_t));
}

}  // namespace eval::runners::local::cuda
