#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runners/local/cuda/device.h"
#include "runners/local/model/step.h"

namespace eval::runners::local::cuda {

// What StepTables must have room for.
struct TableLimits {
  std::int64_t rows = 0;
  std::int64_t pieces = 0;
  std::int64_t logit_rows = 0;
  std::int64_t page_entries = 0;  // of all page tables together
  std::int64_t partials =
      0;          // (tile, split) pairs of decoding that the partial results have room for
  int group = 1;  // query heads that share a key/value head
};

// A step in device memory, and the work lists that follow from it: which tiles attention and convolution
// have. Every table has a fixed place, so that recorded work finds the next step's there.
class StepTables {
 public:
  static Result<StepTables> create(Device& device, const TableLimits& limits);

  // Copies `step` to the device, padded to `rows` rows by decode pieces that write only to the page and
  // the slot named. Precondition: within the limits.
  void load(const Step& step, std::int64_t rows, std::int32_t dummy_page, std::int32_t dummy_slot);

  StepView view() const;
  std::int32_t pieces() const { return static_cast<std::int32_t>(pieces_.size()); }
  // Pieces of one token, by splits of their keys; prompts, and what has no room in the partial results.
  const Tile* decode_tiles() const { return at<Tile>(decode_at_); }
  std::int32_t decode_tile_count() const { return static_cast<std::int32_t>(decode_.size()); }
  std::int32_t splits() const { return splits_; }  // a power of two
  const Tile* prompt_tiles() const { return at<Tile>(prompt_at_); }
  std::int32_t prompt_tile_count() const { return static_cast<std::int32_t>(prompt_.size()); }
  const Tile* conv_tiles() const { return at<Tile>(conv_at_); }
  std::int32_t conv_tile_count() const { return static_cast<std::int32_t>(conv_.size()); }
  const Tile* long_pieces() const { return at<Tile>(long_at_); }
  std::int32_t long_count() const { return static_cast<std::int32_t>(long_.size()); }

 private:
  explicit StepTables(Device& device, const TableLimits& limits);
  template <class T>
  T* at(std::size_t offset) const {
    return reinterpret_cast<T*>(memory_.data() + offset);
  }
  template <class T>
  void put(std::size_t offset, const std::vector<T>& values);
  void list_tiles();

  Device* device_;
  TableLimits limits_;
  DeviceBuffer memory_;
  std::vector<std::byte> staging_;
  std::size_t tokens_at_ = 0, positions_at_ = 0, piece_of_at_ = 0, logit_rows_at_ = 0;
  std::size_t pieces_at_ = 0, decode_at_ = 0, prompt_at_ = 0, conv_at_ = 0, long_at_ = 0;
  std::size_t pages_at_ = 0, size_ = 0;

  std::vector<Piece> pieces_;
  std::vector<Tile> decode_, prompt_, conv_, long_;
  std::int32_t splits_ = 1;
};

}  // namespace eval::runners::local::cuda
