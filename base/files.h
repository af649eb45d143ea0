#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace eval {

namespace fs = std::filesystem;

// Nothing we read whole is larger than this unless the caller says so: big test data is
// mapped or streamed, and a file above it is more likely a mistake than an input.
inline constexpr Bytes kReadLimit = Bytes::gib(1);

// The whole file. NotFound if it is missing, BadInput if it is larger than `limit` or a directory.
Result<std::string> read_file(const fs::path& path, Bytes limit = kReadLimit);

// Writes a new file beside `path`, syncs it, renames it over `path`: readers see the old or the
// new content, never half of it. Creates missing parent directories.
Result<void> write_file(const fs::path& path, std::string_view content);

Result<void> make_directories(const fs::path& path);

// Names of the entries of a directory in byte order, without "." and "..".
Result<std::vector<std::string>> list_directory(const fs::path& path);

// All regular files below `root`, relative, in byte order. Symbolic links to files inside `root`
// count as files; one that leaves `root` is BadInput.
Result<std::vector<fs::path>> list_files_recursive(const fs::path& root);

// True if `path`, with every symbolic link resolved, is `root` or lies below it.
bool is_inside(const fs::path& path, const fs::path& root);

// A fresh directory, removed with all its content when destroyed. Move-only.
class TempDir {
 public:
  // Under $TMPDIR or /tmp, its name starting with `prefix`.
  static Result<TempDir> create(std::string_view prefix);
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&& other) noexcept;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const fs::path& path() const { return path_; }

 private:
  explicit TempDir(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

}  // namespace eval
