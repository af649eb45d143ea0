#include "sandbox/images/disk_usage.h"

#include <fts.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace eval::sandbox::images {

Result<Bytes> disk_usage(const fs::path& path) {
  std::string root = path.string();
  char* roots[] = {root.data(), nullptr};
  const std::unique_ptr<FTS, int (*)(FTS*)> walk(
      fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, nullptr), &fts_close);
  if (!walk)
    return fail(system_error(ErrorCode::Io, "a folder cannot be read", errno, path.string()));
  Bytes sum;
  std::set<std::pair<dev_t, ino_t>> linked;
  while (const FTSENT* entry = fts_read(walk.get())) {
    if (entry->fts_info == FTS_DP) continue;  // the second visit of a folder
    if (entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR) {
      if (entry->fts_errno == ENOENT && entry->fts_level > 0) continue;  // gone meanwhile
      return fail(system_error(ErrorCode::Io, "a file cannot be measured", entry->fts_errno,
                               entry->fts_path));
    }
    const struct stat& status = *entry->fts_statp;
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1 &&
        !linked.emplace(status.st_dev, status.st_ino).second) {
      continue;
    }
    sum.count += static_cast<std::uint64_t>(status.st_blocks) * 512;
  }
  return sum;
}

Result<Bytes> disk_free(const fs::path& path) {
  struct statvfs status {};
  if (statvfs(path.c_str(), &status) < 0)
    return fail(system_error(ErrorCode::Io, "a disk cannot be measured", errno, path.string()));
  return Bytes{static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize};
}

}  // namespace eval::sandbox::images
