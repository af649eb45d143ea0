#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace eval::sandbox {

// One control file or counter of a cgroup, opened when first used and then kept, so that a look or a
// new limit is a single system call. Not thread-safe.
class CgroupFile {
 public:
  enum class Access { Read, Write, ReadWrite };

  CgroupFile() = default;
  CgroupFile(fs::path path, Access access) : path_(std::move(path)), access_(access) {}

  // False: this kernel or hierarchy has no such file.
  bool present() const { return descriptor() >= 0; }

  // An Error names the file.
  Result<void> set(std::uint64_t value) const;
  Result<std::uint64_t> number() const;
  // The number after `key` at the start of a line.
  Result<std::uint64_t> keyed_number(std::string_view key) const;
  Result<std::string> text() const;

 private:
  int descriptor() const;

  fs::path path_;
  Access access_ = Access::Read;
  mutable UniqueFd file_;
};

}  // namespace eval::sandbox
