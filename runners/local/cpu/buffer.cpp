#include "runners/local/cpu/buffer.h"

#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace eval::runners::local::cpu {

Result<Buffer> Buffer::create(Bytes size) {
  Buffer buffer;
  if (size.count == 0) return buffer;
  void* mapped =
      mmap(nullptr, size.count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    return Failure(system_error(ErrorCode::Infrastructure,
                                "the system gives no " + to_string(size) + " of memory", errno));
  madvise(mapped, size.count, MADV_HUGEPAGE);  // a wish: the answer does not matter
  buffer.data_ = static_cast<std::byte*>(mapped);
  buffer.size_ = size;
  return buffer;
}

Buffer::Buffer(Buffer&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, Bytes{})) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

Buffer::~Buffer() {
  if (data_) munmap(data_, size_.count);
}

}  // namespace eval::runners::local::cpu
