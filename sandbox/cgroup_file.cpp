#include "sandbox/cgroup_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

// The longest file read here, memory.stat, has about 2 KiB.
constexpr std::size_t kTextMax = 16 * 1024;

int flags_of(CgroupFile::Access access) {
  switch (access) {
    case CgroupFile::Access::Read:
      return O_RDONLY | O_CLOEXEC;
    case CgroupFile::Access::Write:
      return O_WRONLY | O_CLOEXEC;
    case CgroupFile::Access::ReadWrite:
      break;
  }
  return O_RDWR | O_CLOEXEC;
}

}  // namespace

int CgroupFile::descriptor() const {
  if (!file_.valid()) file_.reset(open(path_.c_str(), flags_of(access_)));
  return file_.value();
}

Result<void> CgroupFile::set(std::uint64_t value) const {
  const std::string text = fmt::format("{}", value);
  const int file = descriptor();
  if (file >= 0 && pwrite(file, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return fail(system_error(ErrorCode::Infrastructure, "cannot set a cgroup's limit", errno,
                           path_.string()));
}

Result<std::string> CgroupFile::text() const {
  std::array<char, kTextMax> buffer;
  const int file = descriptor();
  const ssize_t size = file < 0 ? -1 : pread(file, buffer.data(), buffer.size(), 0);
  if (size >= 0) return std::string(buffer.data(), static_cast<std::size_t>(size));
  return fail(system_error(ErrorCode::Infrastructure, "cannot read a cgroup's counter", errno,
                           path_.string()));
}

Result<std::uint64_t> CgroupFile::number() const {
  const std::string content = EVAL_TRY(text());
  const auto value = parse_integer(trim(content));
  if (value && *value >= 0) return static_cast<std::uint64_t>(*value);
  return fail(ErrorCode::Infrastructure, "a cgroup's counter is not a number", path_.string());
}

Result<std::uint64_t> CgroupFile::keyed_number(std::string_view key) const {
  const auto value = find_keyed_number(EVAL_TRY(text()), key);
  if (value) return *value;
  return fail(ErrorCode::Infrastructure, fmt::format("a cgroup does not count \"{}\"", key),
              path_.string());
}

}  // namespace eval::sandbox
