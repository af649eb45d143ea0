#include "sandbox/cgroup_layout.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "base/unique_fd.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

constexpr const char* kPrefix = "evalctl";
constexpr const char* kSupervisorGroup = "supervisor";

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// "/a/b" below a mount whose root is "/a" is "<mount point>/b". A group outside the mounted part
// (a container that mounts only its own) leaves the mount point itself.
fs::path group_folder(const fs::path& mount_point, const std::string& mount_root,
                      const std::string& group) {
  const std::string prefix = mount_root == "/" ? "" : mount_root;
  if (group.compare(0, prefix.size(), prefix) != 0) return mount_point;
  const fs::path inner = fs::path(group.substr(prefix.size())).relative_path();
  return inner.empty() ? mount_point : (mount_point / inner).lexically_normal();
}

std::string own_group_of(std::string_view own_groups, const std::vector<std::string>& controllers) {
  for (const std::string_view line : split_lines(own_groups)) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 3) continue;
    const std::vector<std::string> names = split(fields[1], ',');
    const bool match = controllers.empty() ? fields[1].empty() && fields[0] == "0"
                                           : contains(names, controllers.front());
    if (match) return std::string(line.substr(fields[0].size() + fields[1].size() + 2));
  }
  return "/";
}

// "evalctl-<pid namespace>-<pid>-<start time>-<n>": a pid alone would be taken again by others, and
// a pid of another container says nothing here.
std::string name_stem(int pid) {
  return fmt::format("{}-{}-{}-{}", kPrefix, pid_namespace_id(), pid, process_start_time(pid));
}

int make_folder(const fs::path& path) {
  return mkdir(path.c_str(), 0755);
}

bool write_text(const fs::path& path, std::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return file.valid() &&
         write(file.value(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

// The processes of a killed judge die within milliseconds, and until then their group is busy.
void remove_folder(const fs::path& group) {
  constexpr int kTries = 50;
  constexpr useconds_t kPauseUs = 10'000;
  for (int i = 0; i < kTries && rmdir(group.c_str()) < 0 && errno == EBUSY; ++i) usleep(kPauseUs);
}

void remove_group(const fs::path& group) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(group, error)) {
    if (entry.is_directory(error)) remove_folder(entry.path());
  }
  remove_folder(group);
}

// The same number in every hierarchy: the first that is free in all of them.
Result<CgroupLayout> make_groups(const CgroupLayout& parents) {
  const std::string stem = name_stem(getpid());
  for (int n = 0; n < 1000; ++n) {
    const std::string name = fmt::format("{}-{}", stem, n);
    CgroupLayout made{parents.version, parents.memory / name, parents.cpu / name, {}};
    if (!parents.processes.empty()) made.processes = parents.processes / name;
    if (make_folder(made.memory) < 0) {
      if (errno == EEXIST) continue;
      return fail(system_error(ErrorCode::Infrastructure, "cannot make a cgroup", errno,
                               made.memory.string()));
    }
    for (const fs::path& other : {made.cpu, made.processes}) {
      if (other.empty() || make_folder(other) == 0 || errno == EEXIST) continue;
      const int number = errno;
      for (const fs::path& folder : {made.memory, made.cpu}) rmdir(folder.c_str());
      return fail(
          system_error(ErrorCode::Infrastructure, "cannot make a cgroup", number, other.string()));
    }
    return made;
  }
  return fail(ErrorCode::Infrastructure, "too many cgroups of this process exist",
              parents.memory.string());
}

// Where our group was moved by an earlier sandbox of this process: its parent is the real one.
fs::path undo_own_move(const fs::path& own_group) {
  const bool ours = own_group.filename() == kSupervisorGroup &&
                    own_group.parent_path().filename().string().rfind(name_stem(getpid()), 0) == 0;
  return ours ? own_group.parent_path().parent_path() : own_group;
}

// A group that hands controllers to children may hold no process itself (except the root), so this
// process moves out of `own` into a child of it first.
bool hand_down_controllers(const fs::path& parent, const fs::path& group, const fs::path& own) {
  constexpr std::string_view kControllers = "+memory +pids";
  const fs::path subtree = "cgroup.subtree_control";
  if (!write_text(parent / subtree, kControllers)) {
    if (parent != own) return false;
    const fs::path supervisor = group / kSupervisorGroup;
    if (make_folder(supervisor) < 0 && errno != EEXIST) return false;
    if (!write_text(supervisor / "cgroup.procs", fmt::format("{}", getpid()))) return false;
    if (!write_text(parent / subtree, kControllers)) {
      write_text(parent / "cgroup.procs", fmt::format("{}", getpid()));
      return false;
    }
  }
  return write_text(group / subtree, kControllers);
}

// Undoes what hand_down_controllers() did where this process moved: back to `parent`, unless another evalctl
// has boxes below it, too.
void take_back_controllers(const fs::path& parent, const fs::path& group) {
  constexpr std::string_view kControllers = "-memory -pids";
  const fs::path supervisor = group / kSupervisorGroup;
  if (access(supervisor.c_str(), F_OK) < 0) return;
  for (const fs::path& folder : {group, parent}) {
    write_text(folder / "cgroup.subtree_control", kControllers);
  }
  write_text(parent / "cgroup.procs", fmt::format("{}", getpid()));
  rmdir(supervisor.c_str());
}

const CgroupMount* find_mount(const std::vector<CgroupMount>& mounts, std::string_view controller) {
  for (const CgroupMount& mount : mounts) {
    if (controller.empty() ? mount.controllers.empty() : contains(mount.controllers, controller)) {
      return &mount;
    }
  }
  return nullptr;
}

Result<CgroupLayout> make_v2_in(const fs::path& parent, const fs::path& own) {
  const std::string controllers = read_small_file(parent / "cgroup.controllers").value_or("");
  const std::vector<std::string_view> offered = split_words(controllers);
  for (const std::string_view needed : {"memory", "pids"}) {
    if (std::find(offered.begin(), offered.end(), needed) == offered.end()) {
      return fail(ErrorCode::Infrastructure,
                  fmt::format("cgroup v2 offers no {} controller in {}", needed, parent.string()));
    }
  }
  clear_stale_groups(parent);
  CgroupLayout made = EVAL_TRY(make_groups({CgroupVersion::V2, parent, parent, parent}));
  if (hand_down_controllers(parent, made.memory, own)) return made;
  const int number = errno;
  remove_group(made.memory);
  if (number == EBUSY) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("other processes are in the cgroup {}, so it can have none below it",
                            parent.string()));
  }
  return fail(system_error(ErrorCode::Infrastructure, "cgroup v2 cannot hand controllers down",
                           number, parent.string()));
}

// Whether nobody set a limit on the group that boxes beside it would not have.
bool is_without_limits(const fs::path& group) {
  constexpr const char* kLimits[] = {"memory.max", "memory.high", "memory.swap.max", "cpu.max"};
  return std::all_of(std::begin(kLimits), std::end(kLimits), [&](const char* limit) {
    const std::optional<std::string> text = read_small_file(group / limit);
    return !text || text->rfind("max", 0) == 0;
  });
}

// Below our own group, or below one above it: a login session has a shell beside us, and so no group can be
// made below it, but its slice holds no process. Root may do that, and who owns that group.
Result<CgroupLayout> make_v2(const CgroupMount& mount) {
  const fs::path own = undo_own_move(mount.own_group);
  Result<CgroupLayout> made = make_v2_in(own, own);
  for (fs::path at = own; !made && at != mount.mount_point && is_without_limits(at);) {
    at = at.parent_path();
    if (auto above = make_v2_in(at, own)) return above;
  }
  return made;
}

// Below our own group, so that limits set on us hold for the boxes; else at the top.
fs::path writable_group(const CgroupMount& mount) {
  return access(mount.own_group.c_str(), W_OK) == 0 ? mount.own_group : mount.mount_point;
}

Result<CgroupLayout> make_v1(const std::vector<CgroupMount>& mounts) {
  const CgroupMount* memory = find_mount(mounts, "memory");
  const CgroupMount* cpu = find_mount(mounts, "cpuacct");
  const CgroupMount* processes = find_mount(mounts, "pids");
  if (memory == nullptr || cpu == nullptr) {
    return fail(ErrorCode::Infrastructure,
                "cgroup v1 has no memory and cpuacct controllers mounted");
  }
  CgroupLayout parents{CgroupVersion::V1, writable_group(*memory), writable_group(*cpu), {}};
  if (processes != nullptr && access(writable_group(*processes).c_str(), W_OK) == 0) {
    parents.processes = writable_group(*processes);
  }
  for (const fs::path& folder : {parents.memory, parents.cpu, parents.processes}) {
    if (!folder.empty()) clear_stale_groups(folder);
  }
  return make_groups(parents);
}

}  // namespace

std::vector<CgroupMount> parse_cgroup_mounts(std::string_view mountinfo,
                                             std::string_view own_groups) {
  static constexpr std::string_view kControllers[] = {"memory", "cpuacct", "cpu",
                                                      "pids",   "cpuset",  "freezer"};
  std::vector<CgroupMount> mounts;
  for (const std::string_view line : split_lines(mountinfo)) {
    const std::size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const std::vector<std::string_view> before = split_words(line.substr(0, dash));
    const std::vector<std::string_view> after = split_words(line.substr(dash + 3));
    if (before.size() < 5 || after.size() < 3) continue;
    CgroupMount mount;
    mount.mount_point = fs::path(before[4]);
    if (after[0] == "cgroup") {
      for (const std::string& option : split(after[2], ',')) {
        const bool known = std::find(std::begin(kControllers), std::end(kControllers), option) !=
                           std::end(kControllers);
        if (known) mount.controllers.push_back(option);
      }
      if (mount.controllers.empty()) continue;
    } else if (after[0] != "cgroup2") {
      continue;
    }
    mount.own_group = group_folder(mount.mount_point, std::string(before[3]),
                                   own_group_of(own_groups, mount.controllers));
    std::error_code error;
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

namespace {

void clear_stale_groups_in(const fs::path& folder) {
  const std::string prefix = fmt::format("{}-{}-", kPrefix, pid_namespace_id());
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(prefix, 0) != 0 || !entry.is_directory(error)) continue;
    const std::vector<std::string> fields = split(name, '-');
    const auto pid = fields.size() == 5 ? parse_integer(fields[2]) : std::nullopt;
    if (!pid) continue;
    const bool alive = name.rfind(name_stem(static_cast<int>(*pid)) + "-", 0) == 0;
    if (!alive) remove_group(entry.path());
  }
}

}  // namespace

void clear_stale_groups(const fs::path& folder) {
  constexpr int kNeighboursMax = 1000;  // a look at start, not a search of the whole system
  clear_stale_groups_in(folder);
  // At the top of a hierarchy what lies beside it are other hierarchies: half a millisecond for nothing.
  struct stat own {};
  struct stat above {};
  if (stat(folder.c_str(), &own) < 0 || stat(folder.parent_path().c_str(), &above) < 0 ||
      own.st_dev != above.st_dev) {
    return;
  }
  int neighbours = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder.parent_path(), error)) {
    if (neighbours++ == kNeighboursMax) break;
    if (entry.is_directory(error) && entry.path() != folder) clear_stale_groups_in(entry.path());
  }
}

std::optional<CgroupRoot> CgroupRoot::create(const std::vector<CgroupMount>& mounts,
                                             std::string& why_not) {
  if (const CgroupMount* v2 = find_mount(mounts, "")) {
    if (auto made = make_v2(*v2))
      return CgroupRoot(std::move(*made));
    else
      why_not = made.error().what;
  }
  auto made = make_v1(mounts);
  if (made) return CgroupRoot(std::move(*made));
  why_not += (why_not.empty() ? "" : "; ") + made.error().what;
  return std::nullopt;
}

Result<CgroupRoot> CgroupRoot::create_in(const CgroupLayout& parents) {
  return CgroupRoot(EVAL_TRY(make_groups(parents)));
}

CgroupRoot::CgroupRoot(CgroupRoot&& other) noexcept
    : layout_(std::move(other.layout_)), owned_(std::exchange(other.owned_, false)) {}

CgroupRoot::~CgroupRoot() {
  if (!owned_) return;
  if (layout_.version == CgroupVersion::V2) {
    take_back_controllers(layout_.memory.parent_path(), layout_.memory);
  }
  for (const fs::path& folder : {layout_.memory, layout_.cpu, layout_.processes}) {
    if (!folder.empty()) rmdir(folder.c_str());
  }
}

}  // namespace eval::sandbox
