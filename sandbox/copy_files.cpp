#include "sandbox/copy_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

#include "base/text.h"
#include "sandbox/box_launch.h"

namespace eval::sandbox {
namespace {

// The interface's promise: a name like "a/b/c.txt", no deeper.
constexpr std::size_t kLevelsMax = 3;
// A folder copied out holds a checker's messages and state: a handful of files.
constexpr std::size_t kFolderFilesMax = 256;
constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;

Failure copy_error(std::string_view what, const std::string& name) {
  return fail(system_error(ErrorCode::Infrastructure, fmt::format("{} \"{}\"", what, name), errno));
}

Result<UniqueFd> open_source(const fs::path& path) {
  // Not blocking, lest a FIFO put in a package's place hangs the judge.
  UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (!file.valid() || fstat(file.value(), &status) < 0) {
    const ErrorCode code = errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io;
    return fail(system_error(code, "cannot open an input of a run", errno, path.string()));
  }
  if (!S_ISREG(status.st_mode)) {
    return fail(ErrorCode::BadInput, "an input of a run is not a regular file", path.string());
  }
  return file;
}

bool write_all(int target, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(target, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool send_all(int target, int source) {
  constexpr std::size_t kPiece = std::size_t{1} << 30;
  for (;;) {
    const ssize_t count = sendfile(target, source, nullptr, kPiece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return count == 0;
  }
}

Result<void> fill(int target, const FileSource& source, const std::string& name) {
  if (!source.host_path.empty()) {
    const UniqueFd file = EVAL_TRY(open_source(source.host_path));
    if (!send_all(target, file.value())) return copy_error("cannot copy into the box:", name);
  } else if (source.content && !write_all(target, *source.content)) {
    return copy_error("cannot write into the box:", name);
  }
  return {};
}

bool give(int fd, Owner owner) {
  return !owner || fchown(fd, static_cast<uid_t>(*owner), static_cast<gid_t>(*owner)) == 0;
}

// Opens (and makes, if need be) the folder that `parts` name below `work_folder`.
Result<UniqueFd> open_parent(int work_folder, std::span<const std::string> parts, Owner owner) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd folder(openat(work_folder, ".", kFlags));
  for (const std::string& part : parts) {
    const bool made = mkdirat(folder.value(), part.c_str(), 0755) == 0;
    if (!made && errno != EEXIST) return copy_error("cannot make a folder in the box:", part);
    UniqueFd inner(openat(folder.value(), part.c_str(), kFlags));
    if (!inner.valid() || (made && !give(inner.value(), owner))) {
      return copy_error("cannot open a folder in the box:", part);
    }
    folder = std::move(inner);
  }
  if (!folder.valid()) return copy_error("cannot open the work folder", ".");
  return folder;
}

UniqueFd open_beneath(int work_folder, const std::string& name, std::uint64_t flags) {
  open_how how{};
  how.flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return UniqueFd(
      static_cast<int>(syscall(SYS_openat2, work_folder, name.c_str(), &how, sizeof how)));
}

// Names in `folder` in byte order, the first ones if there are too many.
std::vector<std::string> names_in(int work_folder, const std::string& folder) {
  std::vector<std::string> names;
  UniqueFd directory = open_beneath(work_folder, folder, O_DIRECTORY);
  if (!directory.valid()) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(directory.value()), closedir);
  if (stream == nullptr) return names;
  static_cast<void>(directory.release());
  while (const dirent* entry = readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
    if (names.size() == 2 * kFolderFilesMax) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<void> check_output_name(const std::string& name) {
  return check_box_name(name.ends_with('/') ? name.substr(0, name.size() - 1) : name);
}

Result<void> check_box_name(const std::string& name) {
  const std::vector<std::string> parts = split(name, '/');
  const bool clean = std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && part != "." && part != ".." && part.find('\0') == std::string::npos;
  });
  if (clean && parts.size() <= kLevelsMax) return {};
  return fail(ErrorCode::BadInput,
              fmt::format("\"{}\" is not a file name in the work folder (relative, without \"..\", "
                          "at most {} levels)",
                          name, kLevelsMax));
}

Result<Bytes> source_size(const FileSource& source) {
  if (source.host_path.empty()) return Bytes{source.content ? source.content->size() : 0};
  const UniqueFd file = EVAL_TRY(open_source(source.host_path));
  struct stat status {};
  if (fstat(file.value(), &status) < 0)
    return copy_error("cannot look at", source.host_path.string());
  return Bytes{static_cast<std::uint64_t>(status.st_size)};
}

Result<void> copy_in(int work_folder, const InputFile& file, Owner owner) {
  const std::vector<std::string> parts = split(file.name, '/');
  const std::span<const std::string> parents(parts.data(), parts.size() - 1);
  const UniqueFd folder = EVAL_TRY(open_parent(work_folder, parents, owner));
  const UniqueFd target(openat(folder.value(), parts.back().c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target.valid()) return copy_error("cannot make a file in the box:", file.name);
  EVAL_TRY(fill(target.value(), file.source, file.name));
  if (!give(target.value(), owner) || fchmod(target.value(), file.executable ? 0755 : 0644) < 0) {
    return copy_error("cannot hand over a file in the box:", file.name);
  }
  return {};
}

Result<void> make_fifo(int work_folder, const std::string& name, Owner owner) {
  const std::vector<std::string> parts = split(name, '/');
  const std::span<const std::string> parents(parts.data(), parts.size() - 1);
  const UniqueFd folder = EVAL_TRY(open_parent(work_folder, parents, owner));
  const char* const last = parts.back().c_str();
  if (mkfifoat(folder.value(), last, 0600) < 0) {
    return copy_error("cannot make a FIFO in the box:", name);
  }
  if (owner && fchownat(folder.value(), last, static_cast<uid_t>(*owner),
                        static_cast<gid_t>(*owner), AT_SYMLINK_NOFOLLOW) < 0) {
    return copy_error("cannot hand over a FIFO in the box:", name);
  }
  return {};
}

Result<UniqueFd> sealed_copy(const FileSource& source) {
  UniqueFd file(memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return copy_error("cannot make", "standard input");
  EVAL_TRY(fill(file.value(), source, "standard input"));
  if (fcntl(file.value(), F_ADD_SEALS, kSeals) < 0 || lseek(file.value(), 0, SEEK_SET) != 0) {
    return copy_error("cannot seal", "standard input");
  }
  return file;
}

std::map<std::string, std::string> copy_outputs(int work_folder,
                                                const std::vector<std::string>& names,
                                                Bytes limit) {
  std::map<std::string, std::string> found;
  const auto add = [&](const std::string& name) {
    auto content = copy_out(work_folder, name, limit);
    if (content) found.emplace(name, std::move(*content));
  };
  for (const std::string& name : names) {
    if (!name.ends_with('/')) {
      add(name);
      continue;
    }
    const std::size_t before = found.size();
    for (const std::string& file : names_in(work_folder, name.substr(0, name.size() - 1))) {
      if (found.size() - before < kFolderFilesMax) add(name + file);
    }
  }
  return found;
}

Result<UniqueFd> sealed_program(const FileSource& source) {
  UniqueFd file = EVAL_TRY(make_executable_memory("program"));
  EVAL_TRY(fill(file.value(), source, "program"));
  if (fchmod(file.value(), 0555) < 0 || fcntl(file.value(), F_ADD_SEALS, kSeals) < 0) {
    return copy_error("cannot seal", "program");
  }
  return file;
}

std::optional<std::string> copy_out(int work_folder, const std::string& name, Bytes limit) {
  const UniqueFd file = open_beneath(work_folder, name, 0);
  struct stat status {};
  if (!file.valid() || fstat(file.value(), &status) < 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || status.st_size < 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit.count) return std::nullopt;
  std::string content(size, '\0');
  std::size_t done = 0;
  while (done < content.size()) {
    const ssize_t count = read(file.value(), content.data() + done, content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  content.resize(done);
  return content;
}

}  // namespace eval::sandbox
