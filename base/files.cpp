#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/unique_fd.h"

namespace eval {
namespace {

Error file_error(std::string_view verb, const fs::path& path, int error_number) {
  const ErrorCode code = error_number == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
  return system_error(code, fmt::format("cannot {} \"{}\"", verb, path.string()), error_number);
}

Result<void> write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(file_error("write", path, errno));
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& path, Bytes limit) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.valid()) return fail(file_error("read", path, errno));
  struct stat info {};
  if (::fstat(fd.value(), &info) != 0) return fail(file_error("read", path, errno));
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a regular file", path.string()));
  }
  if (static_cast<std::uint64_t>(info.st_size) > limit.count) {
    return fail(
        ErrorCode::BadInput,
        fmt::format("\"{}\" has {}, more than the {} allowed", path.string(),
                    to_string(Bytes{static_cast<std::uint64_t>(info.st_size)}), to_string(limit)));
  }
  // Files of /proc say that they are empty: the end is where read() says so.
  constexpr std::size_t kMore = 64 << 10;
  std::string content(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t filled = 0;
  for (;;) {
    if (filled == content.size()) {
      if (info.st_size > 0) break;
      content.resize(content.size() + kMore);
    }
    const ssize_t got = ::read(fd.value(), content.data() + filled, content.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_error("read", path, errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
    if (filled > limit.count) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" has more than the {} allowed",
                                                   path.string(), to_string(limit)));
    }
  }
  content.resize(filled);
  return content;
}

Result<void> make_directories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(file_error("create the directory", path, error.value()));
  return {};
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  if (path.has_parent_path()) EVAL_TRY(make_directories(path.parent_path()));
  std::string temporary = path.string() + ".XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return fail(file_error("write", path, errno));
  auto written = write_all(fd.value(), content, path);
  const bool synced = written && ::fchmod(fd.value(), 0644) == 0 && ::fsync(fd.value()) == 0;
  if (synced && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  Error error = written ? file_error("write", path, errno) : std::move(written).error();
  ::unlink(temporary.c_str());
  return fail(std::move(error));
}

Result<std::vector<std::string>> list_directory(const fs::path& path) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(path, error);
  if (error) return fail(file_error("list", path, error.value()));
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
    if (error) break;
  }
  if (error) return fail(file_error("list", path, error.value()));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<fs::path>> list_files_recursive(const fs::path& root) {
  std::error_code error;
  std::vector<fs::path> files;
  fs::recursive_directory_iterator entry(root, error);
  if (error) return fail(file_error("list", root, error.value()));
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (error) break;
    if (entry->is_symlink(error) && !is_inside(entry->path(), root)) {
      return fail(ErrorCode::BadInput,
                  fmt::format("the link \"{}\" leads out of its folder",
                              entry->path().lexically_relative(root).string()),
                  root.string(), "replace the link by the file it points to");
    }
    if (entry->is_regular_file(error)) files.push_back(entry->path().lexically_relative(root));
  }
  if (error) return fail(file_error("list", root, error.value()));
  std::sort(files.begin(), files.end());
  return files;
}

bool is_inside(const fs::path& path, const fs::path& root) {
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return false;
  const fs::path real_path = fs::canonical(path, error);
  if (error) return false;
  const auto [end, unused] =
      std::mismatch(real_root.begin(), real_root.end(), real_path.begin(), real_path.end());
  return end == real_root.end();
}

Result<TempDir> TempDir::create(std::string_view prefix) {
  std::error_code error;
  const fs::path base = fs::temp_directory_path(error);
  if (error) return fail(file_error("find the temporary directory", "/tmp", error.value()));
  std::string name = (base / (std::string(prefix) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    return fail(file_error("create the directory", name, errno));
  }
  return TempDir(name);
}

TempDir::TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

TempDir& TempDir::operator=(TempDir&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempDir::~TempDir() {
  if (path_.empty()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace eval
