// Empties the scratch folders between runs. The program may have made trees of any depth and width
// with any mode; every process of it is dead, so nothing moves while we look.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sandbox/box/system.h"

namespace eval::sandbox::box {
namespace {

struct KernelEntry {  // linux_dirent64
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

constexpr const char* kFolders[] = {"/box", "/dev/shm", "/tmp"};
int folders[] = {-1, -1, -1};
std::size_t folder_count = 3;  // a root of its own keeps /tmp
struct statfs when_empty {};
bool in_user_namespace = false;
int oom_score_file = -1;
char own_oom_score[16] = {};

alignas(8) char listing[32 * 1024];
std::uint64_t moved = 0;

bool is_dots(const char* name) {
  return std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0;
}

// Lifts the folder `name` of `folder` to the top under a name of ours: whatever the depth, the
// descent never goes below one level, so it needs no stack and no long path.
int lift(int folder, const char* name, int top) {
  char target[48];
  do {
    std::snprintf(target, sizeof target, ".lifted-%llu", static_cast<unsigned long long>(moved++));
    if (syscall(SYS_renameat2, folder, name, top, target, 1U /* RENAME_NOREPLACE */) == 0) return 0;
  } while (errno == EEXIST);
  return -1;
}

// Unlinks every file of `folder`; folders in it are lifted to `top`, or, in the top itself, removed
// when empty. 0 when nothing is left, 1 when there is more to do, -1 on failure.
int strip(int folder, int top);

// 1: gone; 0: a mount point of ours (a host path below /tmp), which stays; -1: failure.
int strip_entry(int folder, int top, const char* name) {
  if (unlinkat(folder, name, 0) == 0) return 1;
  if (errno == EBUSY) return 0;
  if (errno != EISDIR && errno != EPERM) return -1;
  if (unlinkat(folder, name, AT_REMOVEDIR) == 0) return 1;
  if (errno == EBUSY) return 0;
  if (errno != ENOTEMPTY) return -1;
  if (folder != top) return lift(folder, name, top) < 0 ? -1 : 1;
  const int inner = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner < 0) return -1;
  int left = 0;
  do {
    left = strip(inner, top);
  } while (left == 1);
  close(inner);
  if (left < 0) return -1;
  return unlinkat(folder, name, AT_REMOVEDIR) < 0 ? -1 : 1;
}

int strip(int folder, int top) {
  // The top and one inner folder are listed at the same time, hence two buffers.
  alignas(8) static char inner_listing[sizeof listing];
  char* const buffer = folder == top ? listing : inner_listing;
  if (lseek(folder, 0, SEEK_SET) < 0) return -1;
  const long bytes = syscall(SYS_getdents64, folder, buffer, sizeof listing);
  if (bytes < 0) return -1;
  int seen = 0;
  for (long at = 0; at < bytes;) {
    const auto* entry = reinterpret_cast<const KernelEntry*>(buffer + at);
    at += entry->length;
    if (is_dots(entry->name)) continue;
    const int stripped = strip_entry(folder, top, entry->name);
    if (stripped < 0) return -1;
    if (stripped == 1) seen = 1;
  }
  return seen;
}

// In a user namespace the program is the same user as init and may have marked the folder itself.
int reset_attributes(int folder) {
  char names[1024];
  const ssize_t bytes = flistxattr(folder, names, sizeof names);
  if (bytes < 0 && errno != ENOTSUP) return -1;
  for (ssize_t at = 0; at < bytes;) {
    const char* name = names + at;
    at += static_cast<ssize_t>(std::strlen(name)) + 1;
    if (std::strncmp(name, "security.", 9) == 0) continue;  // labels of the kernel's own
    if (fremovexattr(folder, name) < 0) return -1;
  }
  return fchmod(folder, 01777);
}

int empty_folder(int top) {
  int left = 0;
  do {
    left = strip(top, top);
  } while (left == 1);
  return left;
}

// The three folders share a file system, so one look at its free inodes tells whether any of them
// holds anything. They belong to init, and so do their modes and attributes, outside a user namespace.
bool is_untouched() {
  if (in_user_namespace) return false;
  struct statfs now {};
  return fstatfs(folders[0], &now) == 0 && now.f_ffree == when_empty.f_ffree &&
         now.f_bfree == when_empty.f_bfree && now.f_blocks == when_empty.f_blocks;
}

// The time of a folder would tell the next run when this one last made a file in it.
int reset_times(int folder) {
  constexpr timespec kTimes[2] = {{0, 0}, {0, 0}};
  return futimens(folder, kTimes);
}

constexpr std::uint64_t kFileNumbersMax = 10'000;

// Files made since the box was built, by the numbers of the file system, which only go up. 0 where it
// cannot tell.
std::uint64_t files_made() {
  static std::uint64_t first = 0;
  const int file = openat(folders[0], ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return 0;
  struct stat status {};
  const bool known = fstat(file, &status) == 0;
  close(file);
  if (!known) return 0;
  if (first == 0) first = status.st_ino;
  return status.st_ino - first;
}

}  // namespace

Fault open_kept_files(const protocol::BuildRequest& request) {
  in_user_namespace = request.user_namespace != 0;
  folder_count = request.own_root != 0 ? 2 : 3;
  for (std::uint32_t i = 0; i < folder_count; ++i) {
    folders[i] = open(kFolders[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folders[i] < 0 || reset_times(folders[i]) < 0) return fault_here(Step::OpenWorkFolder, i);
  }
  files_made();
  if (note_empty() < 0) return fault_here(Step::OpenWorkFolder);
  oom_score_file = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  if (oom_score_file >= 0) {
    [[maybe_unused]] const ssize_t size =
        pread(oom_score_file, own_oom_score, sizeof own_oom_score - 1, 0);
  }
  return {};
}

int note_empty() {
  return fstatfs(folders[0], &when_empty);
}

void prefer_for_oom(bool preferred) {
  if (oom_score_file < 0) return;
  const char* const score = preferred ? "1000" : own_oom_score;
  [[maybe_unused]] const ssize_t written = pwrite(oom_score_file, score, std::strlen(score), 0);
}

Fault clean_scratch() {
  // A box whose files have high numbers would tell its next program that many were made before.
  if (files_made() > kFileNumbersMax) {
    errno = EOVERFLOW;
    return fault_here(Step::Clean);
  }
  const bool untouched = is_untouched();
  for (std::uint32_t i = 0; i < folder_count; ++i) {
    const int folder = folders[i];
    if (fails_here(Step::Clean)) return fault_here(Step::Clean, i);
    if (!untouched && (empty_folder(folder) < 0 || reset_attributes(folder) < 0)) {
      return fault_here(Step::Clean, i);
    }
    if (reset_times(folder) < 0) return fault_here(Step::Clean, i);
  }
  return {};
}

}  // namespace eval::sandbox::box
