#include "sandbox/images/unpack_layer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/unique_fd.h"

// Theory of operation. Every member is made relative to an open folder that was reached from the layer's
// own root by openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, so that the kernel itself refuses a way
// that leads elsewhere; the last component is made new (O_EXCL, O_NOFOLLOW) and never followed.
namespace eval::sandbox::images {
namespace {

constexpr std::string_view kWhiteout = ".wh.";
constexpr std::string_view kOpaque = ".wh..wh..opq";
constexpr std::string_view kAufs = ".wh..wh.";  // aufs's own bookkeeping: means nothing to others
constexpr std::size_t kCopyBlock = 256 * 1024;

int open_beneath(int root, const std::string& path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(
      syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how));
}

// "./a//b/" and "/a/b" are "a/b". BadInput for "..".
Result<std::string> plain_path(std::string_view path) {
  if (path.find('\0') != path.npos || path.size() > 4000)
    return fail(ErrorCode::BadInput, "a layer has a path that no system takes");
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      return fail(ErrorCode::BadInput,
                  fmt::format("a layer has the path \"{}\", which leads out of it",
                              shorten(to_valid_utf8(path), 200)));
    }
    parts.push_back(std::move(part));
  }
  return join(parts, "/");
}

class LayerWriter {
 public:
  LayerWriter(const fs::path& folder, const UnpackOptions& options)
      : options_(options),
        root_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        is_root_(geteuid() == 0) {}

  Result<void> add(TarReader& archive, const TarMember& member) {
    path_ = EVAL_TRY(plain_path(member.path));
    if (!root_.valid()) return broken("cannot be opened");
    if (path_.empty()) return {};  // the root itself
    const std::size_t slash = path_.rfind('/');
    const std::string parent = slash == path_.npos ? std::string() : path_.substr(0, slash);
    name_ = slash == path_.npos ? path_ : path_.substr(slash + 1);
    EVAL_TRY(enter(parent));
    if (name_ == kOpaque) return mark_opaque(folder_.value());
    if (name_.starts_with(kAufs)) return {};
    if (name_.starts_with(kWhiteout)) return whiteout(name_.substr(kWhiteout.size()));
    switch (member.kind) {
      case TarKind::Folder:
        return make_folder(member);
      case TarKind::File:
        return make_file(archive, member);
      case TarKind::SymbolicLink:
        return make_symbolic_link(member);
      case TarKind::HardLink:
        return make_hard_link(member);
      case TarKind::Device:
      case TarKind::Other:
        break;
    }
    skipped_ += 1;
    return {};
  }

  std::uint64_t skipped() const { return skipped_; }
  Bytes content() const { return content_; }

 private:
  Failure broken(std::string_view what) const {
    return fail(
        system_error(ErrorCode::Io, fmt::format("a file of a layer {}", what), errno, path_));
  }

  Failure refused(std::string_view what) const {
    return fail(ErrorCode::BadInput,
                fmt::format("a layer's \"{}\" {}", shorten(to_valid_utf8(path_), 200), what));
  }

  // Opens the folder `parent`, made with what is above it where a layer leaves that out.
  Result<void> enter(const std::string& parent) {
    if (folder_.valid() && parent == folder_path_) return {};
    int fd = open_beneath(root_.value(), parent, O_RDONLY | O_DIRECTORY);
    if (fd < 0 && errno == ENOENT) {
      EVAL_TRY(make_missing(parent));
      fd = open_beneath(root_.value(), parent, O_RDONLY | O_DIRECTORY);
    }
    if (fd < 0) {
      if (errno == ELOOP || errno == EXDEV) return refused("lies beyond a symbolic link");
      if (errno == ENOTDIR) return refused("lies below something that is no folder");
      return broken("cannot be reached");
    }
    folder_.reset(fd);
    folder_path_ = parent;
    return {};
  }

  Result<void> make_missing(const std::string& parent) {
    std::string above;
    for (const std::string& part : split(parent, '/')) {
      const UniqueFd at(open_beneath(root_.value(), above, O_RDONLY | O_DIRECTORY));
      if (!at.valid()) {
        if (errno == ELOOP || errno == EXDEV) return refused("lies beyond a symbolic link");
        return refused("lies below something that is no folder");
      }
      if (mkdirat(at.value(), part.c_str(), 0755) == 0) {
        if (give(at.value(), part) < 0) return broken("cannot be given away");
      } else if (errno != EEXIST) {
        return broken("cannot be made");
      }
      above += (above.empty() ? "" : "/") + part;
    }
    return {};
  }

  int give(int folder, const std::string& name) const {
    if (!is_root_) return 0;
    return fchownat(folder, name.c_str(), options_.owner, options_.owner, AT_SYMLINK_NOFOLLOW);
  }

  // The later of two members with one name counts. True if a folder is there, which stays.
  Result<bool> clear(bool keep_folder) {
    struct stat status {};
    if (fstatat(folder_.value(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) return false;
    if (S_ISDIR(status.st_mode)) {
      if (keep_folder) return true;
      if (unlinkat(folder_.value(), name_.c_str(), AT_REMOVEDIR) == 0) return false;
      return refused("is a folder with files and then something else");
    }
    replaced_whiteout_ = S_ISCHR(status.st_mode);
    if (unlinkat(folder_.value(), name_.c_str(), 0) < 0) return broken("cannot be replaced");
    return false;
  }

  Result<void> mark_opaque(int folder) {
    const bool trusted = is_root_ && fsetxattr(folder, "trusted.overlay.opaque", "y", 1, 0) == 0;
    // Boxes in a user namespace mount with userxattr and look at this one.
    const bool user = fsetxattr(folder, "user.overlay.opaque", "y", 1, 0) == 0;
    if (!trusted && !user) return broken("cannot be marked as opaque");
    return {};
  }

  Result<void> whiteout(const std::string& hidden) {
    if (hidden.empty() || hidden == "." || hidden == "..") return refused("hides nothing");
    struct stat status {};
    if (fstatat(folder_.value(), hidden.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      // The layer brings the name anew: only a folder would show what lies below.
      if (!S_ISDIR(status.st_mode)) return {};
      const UniqueFd folder(
          openat(folder_.value(), hidden.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!folder.valid()) return broken("cannot be opened");
      return mark_opaque(folder.value());
    }
    if (mknodat(folder_.value(), hidden.c_str(), S_IFCHR, 0) < 0)
      return broken("cannot be made a whiteout");
    return give(folder_.value(), hidden) < 0 ? broken("cannot be given away") : Result<void>{};
  }

  Result<void> make_folder(const TarMember& member) {
    replaced_whiteout_ = false;
    const bool there = EVAL_TRY(clear(true));
    if (!there && mkdirat(folder_.value(), name_.c_str(), 0755) < 0)
      return broken("cannot be made");
    const UniqueFd folder(
        openat(folder_.value(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.valid()) return broken("cannot be opened");
    if (give(folder_.value(), name_) < 0) return broken("cannot be given away");
    if (fchmod(folder.value(), (member.mode & 01777U) | 0700U) < 0)
      return broken("cannot be given its mode");
    return replaced_whiteout_ ? mark_opaque(folder.value()) : Result<void>{};
  }

  Result<void> make_file(TarReader& archive, const TarMember& member) {
    EVAL_TRY(clear(false));
    const UniqueFd file(openat(folder_.value(), name_.c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.valid()) return broken("cannot be made");
    for (;;) {
      const std::size_t got = EVAL_TRY(archive.read(block_));
      if (got == 0) break;
      content_.count += got;
      if (content_ > options_.limits.content) {
        return refused(
            fmt::format("brings the layer beyond {}", to_string(options_.limits.content)));
      }
      std::size_t done = 0;
      while (done < got) {
        const ssize_t written = ::write(file.value(), block_.data() + done, got - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return broken("cannot be written");
        done += static_cast<std::size_t>(written);
      }
    }
    if (is_root_ && fchown(file.value(), options_.owner, options_.owner) < 0)
      return broken("cannot be given away");
    if (fchmod(file.value(), (member.mode & 0777U) | 0600U) < 0)
      return broken("cannot be given its mode");
    // Python compares a module's time with the one in its .pyc.
    const timespec times[2] = {{member.modified_s, static_cast<long>(member.modified_ns)},
                               {member.modified_s, static_cast<long>(member.modified_ns)}};
    if (futimens(file.value(), times) < 0) return broken("cannot be given its time");
    return {};
  }

  Result<void> make_symbolic_link(const TarMember& member) {
    EVAL_TRY(clear(false));
    if (member.target.empty()) return refused("links to nothing");
    if (symlinkat(member.target.c_str(), folder_.value(), name_.c_str()) < 0)
      return broken("cannot be made");
    return give(folder_.value(), name_) < 0 ? broken("cannot be given away") : Result<void>{};
  }

  Result<void> make_hard_link(const TarMember& member) {
    const std::string target = EVAL_TRY(plain_path(member.target));
    if (target == path_) return {};
    // By its folder and name, not by a path: linkat itself would follow links on the way.
    const std::size_t slash = target.rfind('/');
    const UniqueFd folder(
        open_beneath(root_.value(), slash == target.npos ? std::string() : target.substr(0, slash),
                     O_RDONLY | O_DIRECTORY));
    const std::string name = slash == target.npos ? target : target.substr(slash + 1);
    struct stat status {};
    if (!folder.valid() ||
        fstatat(folder.value(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !(S_ISREG(status.st_mode) || S_ISLNK(status.st_mode))) {
      return refused(fmt::format("is a hard link to \"{}\", no file of the layer",
                                 shorten(to_valid_utf8(member.target), 200)));
    }
    EVAL_TRY(clear(false));
    if (linkat(folder.value(), name.c_str(), folder_.value(), name_.c_str(), 0) < 0)
      return broken("cannot be linked");
    return {};
  }

  const UnpackOptions options_;
  const UniqueFd root_;
  const bool is_root_;
  UniqueFd folder_;          // of the member at hand
  std::string folder_path_;  // where it lies
  std::string path_;         // of the member
  std::string name_;         // in folder_
  std::vector<char> block_ = std::vector<char>(kCopyBlock);
  bool replaced_whiteout_ = false;
  std::uint64_t skipped_ = 0;
  Bytes content_;
};

}  // namespace

Result<UnpackedLayer> unpack_layer(const fs::path& archive, const fs::path& into,
                                   const UnpackOptions& options) {
  TarReader reader = EVAL_TRY(TarReader::open(archive));
  LayerWriter writer(into, options);
  UnpackedLayer layer;
  for (;;) {
    const auto member = EVAL_TRY(reader.next());
    if (!member) break;
    layer.members += 1;
    if (layer.members > options.limits.members) {
      return fail(ErrorCode::BadInput,
                  fmt::format("a layer has more than {} members", options.limits.members),
                  archive.string());
    }
    EVAL_TRY_IN(writer.add(reader, *member), archive.string());
  }
  layer.digests = EVAL_TRY(reader.finish());
  layer.skipped = writer.skipped();
  layer.content = writer.content();
  return layer;
}

}  // namespace eval::sandbox::images
