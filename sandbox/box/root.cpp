// Builds the file tree of a box. All binds are first cloned as detached mounts, so that the new
// root may cover any folder of the host while it is being put together; then the pieces are moved
// into place and the host's tree is dropped. A root of its own is an overlay of folders instead, and only
// /dev, /proc and the scratch folders are put into it.
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "sandbox/box/system.h"

namespace eval::sandbox::box {
namespace {

using protocol::BuildRequest;

// Covered while the root is built, then gone with the host's tree. Every system has it.
constexpr const char* kStagingPoint = "/usr";

struct Entry {
  char kind = 0;
  const char* path = nullptr;  // relative to the new root: the leading slash is skipped
  const char* argument = nullptr;
};

class EntryReader {
 public:
  EntryReader(const char* at, const char* end) : at_(at), end_(end) {}
  bool next(Entry& entry) {
    if (at_ >= end_) return false;
    entry.kind = *at_;
    entry.path = at_ + 1;
    if (*entry.path == '/') ++entry.path;
    entry.argument = entry.path + std::strlen(entry.path) + 1;
    at_ = entry.argument + std::strlen(entry.argument) + 1;
    return true;
  }

 private:
  const char* at_;
  const char* end_;
};

struct Device {
  const char* name;
  unsigned minor_number;
};
constexpr Device kDevices[] = {
    {"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
constexpr std::size_t kDeviceCount = sizeof kDevices / sizeof kDevices[0];

int trees[protocol::kBindsMax];
int device_trees[kDeviceCount];

int clone_tree(const char* source, std::uint64_t attributes) {
  const int tree = open_tree(AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return -1;
  mount_attr wanted{};
  wanted.attr_set = attributes;
  wanted.propagation = MS_PRIVATE;
  if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &wanted, sizeof wanted) < 0) return -1;
  return tree;
}

// Device nodes cannot be made in a user namespace; there the host's are bound.
Fault clone_devices(bool user_namespace) {
  if (!user_namespace) return {};
  char path[32];
  for (std::size_t i = 0; i < kDeviceCount; ++i) {
    std::snprintf(path, sizeof path, "/dev/%s", kDevices[i].name);
    device_trees[i] = clone_tree(path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
    if (device_trees[i] < 0) return fault_here(Step::OpenTree);
  }
  return {};
}

Fault clone_binds(const char* entries, const char* end) {
  Entry entry;
  std::uint32_t index = 0;
  std::size_t count = 0;
  for (EntryReader reader(entries, end); reader.next(entry); ++index) {
    if (entry.kind != 'B') continue;
    if (count == protocol::kBindsMax) {
      errno = E2BIG;
      return fault_here(Step::OpenTree, index);
    }
    if (fails_here(Step::OpenTree)) return fault_here(Step::OpenTree, index);
    trees[count] =
        clone_tree(entry.argument, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    if (trees[count] < 0) return fault_here(Step::OpenTree, index);
    ++count;
  }
  return {};
}

int make_parents(const char* path) {
  char copy[4096];
  const std::size_t length = std::strlen(path);
  if (length >= sizeof copy) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(copy, path, length + 1);
  for (std::size_t i = 1; i < length; ++i) {
    if (copy[i] != '/') continue;
    copy[i] = '\0';
    if (mkdir(copy, 0755) < 0 && errno != EEXIST) return -1;
    copy[i] = '/';
  }
  return 0;
}

int make_file(const char* path, const char* content) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return -1;
  const std::size_t length = std::strlen(content);
  const bool written = write(fd, content, length) == static_cast<ssize_t>(length);
  close(fd);
  return written ? 0 : -1;
}

int make_mount_point(int tree, const char* path) {
  struct stat status {};
  if (fstat(tree, &status) < 0) return -1;
  if (S_ISDIR(status.st_mode)) return mkdir(path, 0755) < 0 && errno != EEXIST ? -1 : 0;
  return make_file(path, "");
}

int attach(int tree, const char* path) {
  if (make_mount_point(tree, path) < 0) return -1;
  if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0) return -1;
  return close(tree);
}

bool is_below_tmp(const Entry& entry) {
  return std::strncmp(entry.path, "tmp/", 4) == 0;
}

int place(const Entry& entry, int tree, Step& step) {
  step = Step::MakeDirectory;
  if (make_parents(entry.path) < 0) return -1;
  switch (entry.kind) {
    case 'U':
    case 'W':
    case 'Y':
      return 0;  // the root itself
    case 'D':
      return mkdir(entry.path, 0755) < 0 && errno != EEXIST ? -1 : 0;
    case 'L':
      step = Step::MakeSymlink;
      return symlink(entry.argument, entry.path);
    case 'F':
      step = Step::MakeFile;
      return make_file(entry.path, entry.argument);
    case 'B':
      step = Step::BindMount;
      return attach(tree, entry.path);
    default:
      break;
  }
  step = Step::Request;
  errno = EBADMSG;
  return -1;
}

// Places the entries below /tmp, or all others. `before` sees each of them first.
Fault place_entries(const char* entries, const char* end, bool below_tmp,
                    int (*before)(const char* path)) {
  Entry entry;
  std::uint32_t index = 0;
  std::size_t bind = 0;
  for (EntryReader reader(entries, end); reader.next(entry); ++index) {
    const int tree = entry.kind == 'B' ? trees[bind++] : -1;
    if (is_below_tmp(entry) != below_tmp) continue;
    Step step = Step::MakeDirectory;
    if (before != nullptr && before(entry.path) < 0) return fault_here(step, index);
    if (place(entry, tree, step) < 0) return fault_here(step, index);
    if (fails_here(step)) return fault_here(step, index);
  }
  return {};
}

// "tmp/a" of "tmp/a/b"; false for "tmp/a" itself.
bool top_below_tmp(const char* path, char (&top)[256]) {
  const char* slash = std::strchr(path + 4, '/');
  if (slash == nullptr || slash - path >= static_cast<std::ptrdiff_t>(sizeof top)) return false;
  std::memcpy(top, path, static_cast<std::size_t>(slash - path));
  top[slash - path] = '\0';
  return true;
}

// Host paths below /tmp lie on the scratch file system, which programs write and cleaning empties.
// The folder on the way to them is a small file system of its own: as a mount point it can be
// neither moved nor removed, and once closed nobody can write there.
int open_passage(const char* path) {
  char top[256];
  if (!top_below_tmp(path, top)) return 0;
  if (mkdir(top, 0755) < 0) return errno == EEXIST ? 0 : -1;
  return mount("passage", top, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k,nr_inodes=256");
}

Fault close_passages(const char* entries, const char* end) {
  Entry entry;
  std::uint32_t index = 0;
  for (EntryReader reader(entries, end); reader.next(entry); ++index) {
    char top[256];
    if (!is_below_tmp(entry) || !top_below_tmp(entry.path, top)) continue;
    mount_attr wanted{};
    wanted.attr_set = MOUNT_ATTR_RDONLY;
    if (mount_setattr(AT_FDCWD, top, 0, &wanted, sizeof wanted) < 0) {
      return fault_here(Step::BindMount, index);
    }
  }
  return {};
}

int make_folder(const char* path, mode_t mode) {
  return mkdir(path, mode) < 0 && errno != EEXIST ? -1 : 0;
}

Fault make_devices(const BuildRequest& request) {
  const bool user_namespace = request.user_namespace != 0;
  if (fails_here(Step::DeviceNode) || make_folder("dev", 0755) < 0) {
    return fault_here(Step::DeviceNode);
  }
  // Whatever an image has there is covered.
  if (request.own_root != 0 &&
      mount("dev", "dev", "tmpfs", MS_NOSUID, "mode=0755,size=64k,nr_inodes=64") < 0) {
    return fault_here(Step::DeviceNode);
  }
  char path[32];
  for (std::size_t i = 0; i < kDeviceCount; ++i) {
    std::snprintf(path, sizeof path, "dev/%s", kDevices[i].name);
    const int made = user_namespace
                         ? attach(device_trees[i], path)
                         : mknod(path, S_IFCHR | 0666, makedev(1, kDevices[i].minor_number));
    if (made < 0) return fault_here(Step::DeviceNode);
  }
  if (symlink("/proc/self/fd", "dev/fd") < 0 || symlink("/proc/self/fd/0", "dev/stdin") < 0 ||
      symlink("/proc/self/fd/1", "dev/stdout") < 0 ||
      symlink("/proc/self/fd/2", "dev/stderr") < 0) {
    return fault_here(Step::DeviceNode);
  }
  return {};
}

// One tmpfs carries /box, /tmp and /dev/shm, so that one size and one inode limit bound them
// together. Its top folders belong to init with the sticky bit: the program can fill them, but
// leaves no mode, attribute or flag of its own on what stays between runs.
Fault mount_scratch(const BuildRequest& request) {
  char options[128];
  std::snprintf(options, sizeof options, "mode=0755,size=%llu,nr_inodes=%llu",
                static_cast<unsigned long long>(request.scratch_bytes),
                static_cast<unsigned long long>(request.scratch_inodes));
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV;
  struct Folder {
    const char* source;
    const char* target;
  };
  constexpr Folder kFolders[] = {
      {"scratch/box", "box"}, {"scratch/shm", "dev/shm"}, {"scratch/tmp", "tmp"}};
  if (fails_here(Step::ScratchMount) || make_folder("scratch", 0755) < 0 ||
      mount("scratch", "scratch", "tmpfs", kFlags, options) < 0) {
    return fault_here(Step::ScratchMount);
  }
  for (const Folder& folder : kFolders) {
    if (&folder == &kFolders[2] && request.own_root != 0) break;  // which keeps its /tmp
    if (mkdir(folder.source, 01777) < 0 || make_folder(folder.target, 0755) < 0 ||
        mount(folder.source, folder.target, nullptr, MS_BIND, nullptr) < 0) {
      return fault_here(Step::ScratchMount);
    }
  }
  if (umount2("scratch", MNT_DETACH) < 0 || rmdir("scratch") < 0) {
    return fault_here(Step::ScratchMount);
  }
  return {};
}

// subset=pid hides everything in /proc that is not a process (kernel 5.8); hidepid=2 hides init.
Fault mount_proc() {
  constexpr unsigned long kFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
  if (fails_here(Step::ProcMount) || make_folder("proc", 0555) < 0)
    return fault_here(Step::ProcMount);
  if (mount("proc", "proc", "proc", kFlags, "hidepid=2,subset=pid") < 0) {
    return fault_here(Step::ProcMount);
  }
  return {};
}

// pivot_root(".", ".") stacks the old root on the new one; detaching "." then removes it.
Fault enter_root(bool own_root) {
  if (fails_here(Step::PivotRoot) || syscall(SYS_pivot_root, ".", ".") < 0 ||
      umount2(".", MNT_DETACH) < 0 || chdir("/") < 0) {
    return fault_here(Step::PivotRoot);
  }
  mount_attr wanted{};
  wanted.attr_set = MOUNT_ATTR_NOSUID | (own_root ? MOUNT_ATTR_NODEV : MOUNT_ATTR_RDONLY);
  if (fails_here(Step::ReadOnlyRoot) ||
      mount_setattr(AT_FDCWD, "/", 0, &wanted, sizeof wanted) < 0) {
    return fault_here(Step::ReadOnlyRoot);
  }
  return {};
}

// Every folder of the overlay is named by a descriptor: short, whatever the paths are, for the options have one page.
Fault mount_overlay(const char* entries, const char* end, bool user_namespace) {
  static char options[4096];
  std::size_t used = 0;
  Entry entry;
  std::uint32_t index = 0;
  bool first_layer = true;
  for (EntryReader reader(entries, end); reader.next(entry); ++index) {
    if (entry.kind == 'B') continue;
    const int folder = open(entry.argument, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return fault_here(Step::RootMount, index);
    const char* const name = entry.kind == 'U'   ? "upperdir="
                             : entry.kind == 'W' ? ",workdir="
                             : first_layer       ? ",lowerdir="
                                                 : ":";
    if (entry.kind == 'Y') first_layer = false;
    used += static_cast<std::size_t>(
        std::snprintf(options + used, sizeof options - used, "%s/proc/self/fd/%d", name, folder));
    if (used + 16 >= sizeof options) {
      errno = E2BIG;
      return fault_here(Step::RootMount, index);
    }
  }
  if (user_namespace) std::strcpy(options + used, ",userxattr");
  if (fails_here(Step::RootMount) ||
      mount("root", kStagingPoint, "overlay", MS_NOSUID | MS_NODEV, options) < 0 ||
      chdir(kStagingPoint) < 0) {
    return fault_here(Step::RootMount);
  }
  return {};
}

Fault place_all(const BuildRequest& request, const char* entries, const char* end) {
  Fault fault = clone_binds(entries, end);
  if (!fault.ok()) return fault;
  if (fails_here(Step::RootMount) ||
      mount("root", kStagingPoint, "tmpfs", MS_NOSUID, "mode=0755,size=4m,nr_inodes=4096") < 0 ||
      chdir(kStagingPoint) < 0) {
    return fault_here(Step::RootMount);
  }
  fault = place_entries(entries, end, false, nullptr);
  if (fault.ok()) fault = make_devices(request);
  if (fault.ok()) fault = mount_scratch(request);
  if (fault.ok()) fault = place_entries(entries, end, true, open_passage);
  if (fault.ok()) fault = close_passages(entries, end);
  return fault;
}

Fault furnish_image(const BuildRequest& request, const char* entries, const char* end) {
  Fault fault = clone_binds(entries, end);
  if (fault.ok()) fault = mount_overlay(entries, end, request.user_namespace != 0);
  if (fault.ok()) fault = place_entries(entries, end, false, nullptr);
  if (fault.ok()) fault = make_devices(request);
  if (fault.ok()) fault = mount_scratch(request);
  return fault;
}

}  // namespace

Fault build_root(const BuildRequest& request, const char* entries, const char* end) {
  if (fails_here(Step::PrivateMounts) ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) {
    return fault_here(Step::PrivateMounts);
  }
  const bool own_root = request.own_root != 0;
  Fault fault = clone_devices(request.user_namespace != 0);
  if (fault.ok()) {
    fault = own_root ? furnish_image(request, entries, end) : place_all(request, entries, end);
  }
  if (fault.ok()) fault = mount_proc();
  if (fault.ok()) fault = enter_root(own_root);
  if (!fault.ok()) return fault;
  if (fails_here(Step::HostName) || sethostname("box", 3) < 0) return fault_here(Step::HostName);
  return {};
}

Fault resize_scratch(std::uint64_t bytes) {
  char options[64];
  std::snprintf(options, sizeof options, "size=%llu", static_cast<unsigned long long>(bytes));
  if (fails_here(Step::ResizeScratch) ||
      mount(nullptr, "/box", nullptr, MS_REMOUNT | MS_NOSUID | MS_NODEV, options) < 0 ||
      note_empty() < 0) {
    return fault_here(Step::ResizeScratch);
  }
  return {};
}

}  // namespace eval::sandbox::box
