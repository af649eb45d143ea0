#pragma once

#include <cstddef>
#include <string_view>

#include "base/files.h"
#include "base/result.h"

namespace eval {

// A file's bytes as a view of the page cache: no copy in this process, whatever its size. Move-only.
// The file must not be cut short while it is mapped (reading beyond its end would end the process),
// so only files that nobody else changes are mapped: packages, and what we wrote ourselves.
class MappedFile {
 public:
  // NotFound if it is missing, BadInput if it is not a regular file.
  static Result<MappedFile> open(const fs::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // Valid as long as this object.
  std::string_view bytes() const { return {data_, size_}; }

 private:
  MappedFile(const char* data, std::size_t size) : data_(data), size_(size) {}
  const char* data_ = nullptr;  // nullptr: an empty file, which cannot be mapped
  std::size_t size_ = 0;
};

}  // namespace eval
