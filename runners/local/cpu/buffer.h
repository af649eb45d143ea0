#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace eval::runners::local::cpu {

// Zeroed memory of its own mapping, on huge pages where the system has them: weights are streamed at
// memory speed, and small pages would cost a fifth of it. Move-only.
class Buffer {
 public:
  Buffer() = default;
  static Result<Buffer> create(Bytes size);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer();

  std::byte* data() const { return data_; }
  Bytes size() const { return size_; }
  std::uint32_t* units() const { return reinterpret_cast<std::uint32_t*>(data_); }
  float* floats() const { return reinterpret_cast<float*>(data_); }

 private:
  std::byte* data_ = nullptr;
  Bytes size_;
};

}  // namespace eval::runners::local::cpu
