#include "sandbox/cgroup_leaf.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;

Result<void> write_value(const fs::path& path, std::string_view text) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.valid() &&
      write(file.value(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return fail(
      system_error(ErrorCode::Infrastructure, "cannot set a cgroup's limit", errno, path.string()));
}

Result<void> write_value(const fs::path& path, std::uint64_t number) {
  return write_value(path, fmt::format("{}", number));
}

Result<std::uint64_t> required_number(const fs::path& path) {
  const std::optional<std::uint64_t> number = read_number_file(path);
  if (number) return *number;
  return fail(ErrorCode::Infrastructure, "cannot read a cgroup's counter", path.string());
}

Result<std::uint64_t> required_key(const fs::path& path, std::string_view key) {
  const std::optional<std::string> text = read_small_file(path);
  const auto number = text ? find_keyed_number(*text, key) : std::nullopt;
  if (number) return *number;
  return fail(ErrorCode::Infrastructure, fmt::format("cannot read \"{}\" of a cgroup", key),
              path.string());
}

bool is_there(const fs::path& path) {
  return access(path.c_str(), F_OK) == 0;
}

microseconds from_ns(std::uint64_t ns) {
  return microseconds(static_cast<std::int64_t>(ns / 1000));
}
microseconds from_us(std::uint64_t us) {
  return microseconds(static_cast<std::int64_t>(us));
}

std::uint64_t minus(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : 0;
}

Result<void> make_folder(const fs::path& path) {
  if (mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
  return fail(
      system_error(ErrorCode::Infrastructure, "cannot make a cgroup", errno, path.string()));
}

}  // namespace

Result<CgroupLeaf> CgroupLeaf::create(const CgroupLayout& parents, const std::string& name) {
  CgroupLayout folders{parents.version, parents.memory / name, parents.cpu / name, {}};
  if (!parents.processes.empty()) folders.processes = parents.processes / name;
  CgroupLeaf leaf(std::move(folders));
  for (const fs::path& folder :
       {leaf.folders_.memory, leaf.folders_.cpu, leaf.folders_.processes}) {
    if (!folder.empty()) EVAL_TRY(make_folder(folder));
  }
  EVAL_TRY(leaf.open_files());
  return leaf;
}

CgroupLeaf::CgroupLeaf(CgroupLeaf&& other) noexcept
    : folders_(std::move(other.folders_)),
      owned_(std::exchange(other.owned_, false)),
      attach_files_(std::move(other.attach_files_)),
      directory_(std::move(other.directory_)),
      peak_(std::move(other.peak_)),
      memory_limit_(other.memory_limit_),
      start_(other.start_),
      residue_(other.residue_) {}

CgroupLeaf::~CgroupLeaf() {
  if (!owned_) return;
  for (const fs::path& folder : {folders_.memory, folders_.cpu, folders_.processes}) {
    if (!folder.empty()) rmdir(folder.c_str());
  }
}

Result<void> CgroupLeaf::open_files() {
  attach_files_.clear();
  directory_.reset();
  peak_.reset();
  if (folders_.version == CgroupVersion::V2) {
    directory_.reset(open(folders_.memory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_.valid()) {
      return fail(system_error(ErrorCode::Infrastructure, "cannot open a cgroup", errno,
                               folders_.memory.string()));
    }
    peak_.reset(open((folders_.memory / "memory.peak").c_str(), O_RDWR | O_CLOEXEC));
    return {};
  }
  for (const fs::path& folder : {folders_.memory, folders_.cpu, folders_.processes}) {
    if (folder.empty()) continue;
    const fs::path file = folder / "cgroup.procs";
    attach_files_.emplace_back(open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!attach_files_.back().valid()) {
      return fail(
          system_error(ErrorCode::Infrastructure, "cannot open a cgroup", errno, file.string()));
    }
  }
  return {};
}

// Counters that cannot be reset begin at 0 in a new group: 20 us on an idle machine.
Result<void> CgroupLeaf::remake(const fs::path& folder) {
  if (rmdir(folder.c_str()) < 0) {
    return fail(system_error(ErrorCode::Infrastructure, "a cgroup is still in use", errno,
                             folder.string()));
  }
  if (folder == folders_.memory) memory_limit_.reset();
  EVAL_TRY(make_folder(folder));
  return open_files();
}

Result<void> CgroupLeaf::prepare_v1(Bytes memory) {
  const fs::path limit = folders_.memory / "memory.limit_in_bytes";
  const fs::path with_swap = folders_.memory / "memory.memsw.limit_in_bytes";
  const bool counts_swap = is_there(with_swap);
  if (memory_limit_ != memory) {
    // Memory alone may never exceed memory with swap, not even between the two writes.
    // A new group has no limit, so its first one is lower.
    const bool raise = memory_limit_ && *memory_limit_ < memory;
    if (counts_swap && raise) EVAL_TRY(write_value(with_swap, memory.count));
    EVAL_TRY(write_value(limit, memory.count));
    if (counts_swap && !raise) EVAL_TRY(write_value(with_swap, memory.count));
    memory_limit_ = memory;
  }
  EVAL_TRY(write_value(folders_.memory / "memory.max_usage_in_bytes", 0));
  if (counts_swap) EVAL_TRY(write_value(folders_.memory / "memory.memsw.max_usage_in_bytes", 0));
  return {};
}

Result<void> CgroupLeaf::prepare_v2(Bytes memory) {
  const bool was_reset = peak_.valid() && write(peak_.value(), "0", 1) == 1;
  if (!was_reset) EVAL_TRY(remake(folders_.memory));
  if (memory_limit_ == memory) return {};
  EVAL_TRY(write_value(folders_.memory / "memory.max", memory.count));
  // Absent on kernels without swap support, where there is nothing to forbid.
  const fs::path swap = folders_.memory / "memory.swap.max";
  if (is_there(swap)) EVAL_TRY(write_value(swap, 0));
  EVAL_TRY(write_value(folders_.memory / "memory.oom.group", 1));
  memory_limit_ = memory;
  return {};
}

Result<void> CgroupLeaf::prepare(Bytes memory, int processes) {
  if (folders_.version == CgroupVersion::V2) {
    EVAL_TRY(prepare_v2(memory));
  } else {
    if (limits_processes() && is_there(folders_.processes / "pids.peak")) {
      EVAL_TRY(remake(folders_.processes));
    }
    EVAL_TRY(prepare_v1(memory));
  }
  if (limits_processes()) {
    EVAL_TRY(write_value(folders_.processes / "pids.max", static_cast<std::uint64_t>(processes)));
  }
  start_ = EVAL_TRY(counters());
  const char* current =
      folders_.version == CgroupVersion::V2 ? "memory.current" : "memory.usage_in_bytes";
  residue_ = minus(EVAL_TRY(required_number(folders_.memory / current)), file_cache());
  return {};
}

Result<CgroupLeaf::Counters> CgroupLeaf::counters() const {
  Counters now;
  if (folders_.version == CgroupVersion::V2) {
    const fs::path path = folders_.cpu / "cpu.stat";
    now.cpu = from_us(EVAL_TRY(required_key(path, "usage_usec")));
    now.user = from_us(EVAL_TRY(required_key(path, "user_usec")));
    now.system = from_us(EVAL_TRY(required_key(path, "system_usec")));
    now.oom_kills = EVAL_TRY(required_key(folders_.memory / "memory.events", "oom_kill"));
    return now;
  }
  now.cpu = from_ns(EVAL_TRY(required_number(folders_.cpu / "cpuacct.usage")));
  now.user = from_ns(EVAL_TRY(required_number(folders_.cpu / "cpuacct.usage_user")));
  now.system = from_ns(EVAL_TRY(required_number(folders_.cpu / "cpuacct.usage_sys")));
  now.oom_kills = EVAL_TRY(required_key(folders_.memory / "memory.oom_control", "oom_kill"));
  return now;
}

Result<CgroupUsage> CgroupLeaf::usage() const {
  const Counters now = EVAL_TRY(counters());
  return CgroupUsage{now.cpu - start_.cpu, now.user - start_.user, now.system - start_.system,
                     minus(now.oom_kills, start_.oom_kills)};
}

// File pages charged to the group; shared memory and tmpfs are in the same statistic but are the
// program's own.
std::uint64_t CgroupLeaf::file_cache() const {
  const std::optional<std::string> text = read_small_file(folders_.memory / "memory.stat");
  if (!text) return 0;
  const bool v2 = folders_.version == CgroupVersion::V2;
  const std::uint64_t all = find_keyed_number(*text, v2 ? "file" : "cache").value_or(0);
  return minus(all, find_keyed_number(*text, "shmem").value_or(0));
}

Result<Bytes> CgroupLeaf::memory_peak() const {
  std::uint64_t peak = 0;
  if (folders_.version == CgroupVersion::V2) {
    char text[32] = {};
    const ssize_t size = peak_.valid() ? pread(peak_.value(), text, sizeof text - 1, 0) : -1;
    const auto number = size > 0 ? parse_integer(trim(text)) : std::nullopt;
    // Before 5.19 there is no peak at all; what is charged at the end is the best there is.
    peak = number ? static_cast<std::uint64_t>(*number)
                  : EVAL_TRY(required_number(folders_.memory / "memory.current"));
  } else {
    peak = EVAL_TRY(required_number(folders_.memory / "memory.max_usage_in_bytes"));
    const auto with_swap = read_number_file(folders_.memory / "memory.memsw.max_usage_in_bytes");
    peak = std::max(peak, with_swap.value_or(0));
  }
  return Bytes{minus(peak, file_cache() + residue_)};
}

int CgroupLeaf::processes_peak() const {
  // V2 without a fresh group per run would show the peak of all runs so far.
  if (!limits_processes() || (folders_.version == CgroupVersion::V2 && peak_.valid())) return 0;
  return static_cast<int>(read_number_file(folders_.processes / "pids.peak").value_or(0));
}

std::vector<int> CgroupLeaf::attach_files() const {
  std::vector<int> files;
  for (const UniqueFd& file : attach_files_) files.push_back(file.value());
  return files;
}

int CgroupLeaf::directory() const {
  return directory_.value();
}

}  // namespace eval::sandbox
