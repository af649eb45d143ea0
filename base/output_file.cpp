#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/unique_fd.h"

namespace eval {
namespace {

Failure cannot_write(const fs::path& path, int error_number) {
  return fail(
      system_error(ErrorCode::Io, fmt::format("cannot write \"{}\"", path.string()), error_number));
}

// Where the symbolic links at the end of `path` lead, whether there is something or not. The caller
// has seen that the kernel follows them.
Result<fs::path> follow_links(fs::path path) {
  constexpr int kLinksMax = 40;  // the kernel's, path_resolution(7): more only if links change
  std::error_code error;
  for (int links = 0; links < kLinksMax && fs::is_symlink(path, error); ++links) {
    const fs::path target = fs::read_symlink(path, error);
    if (error) return cannot_write(path, error.value());
    path = path.parent_path() / target;
  }
  return path;
}

Result<void> write_as_it_is(const fs::path& path, std::string_view content) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
  if (!fd.valid()) return cannot_write(path, errno);
  while (!content.empty()) {
    const ssize_t written = ::write(fd.value(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return cannot_write(path, errno);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<void> write_output_file(const fs::path& path, std::string_view content) {
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  // EACCES also where fs.protected_symlinks forbids to follow somebody else's link.
  if (!exists && errno != ENOENT) return cannot_write(path, errno);
  if (exists && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode)) {
    return write_as_it_is(path, content);
  }
  return write_file(EVAL_TRY(follow_links(path)), content);
}

}  // namespace eval
