#include "sandbox/cgroup_leaf.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "base/text.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

using std::chrono::microseconds;

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
      files_(std::move(other.files_)),
      attach_files_(std::move(other.attach_files_)),
      directory_(std::move(other.directory_)),
      peak_resets_(other.peak_resets_),
      memory_limit_(other.memory_limit_),
      processes_limit_(other.processes_limit_),
      missing_(std::move(other.missing_)),
      start_(other.start_),
      residue_(other.residue_),
      lasting_(other.lasting_) {}

CgroupLeaf::~CgroupLeaf() {
  if (!owned_) return;
  for (const fs::path& folder : {folders_.memory, folders_.cpu, folders_.processes}) {
    if (!folder.empty()) rmdir(folder.c_str());
  }
}

void CgroupLeaf::name_files() {
  using enum CgroupFile::Access;
  const fs::path& memory = folders_.memory;
  if (is_v2()) {
    files_.memory_limit = {memory / "memory.max", Write};
    files_.swap_limit = {memory / "memory.swap.max", Write};
    files_.memory_peak = {memory / "memory.peak", ReadWrite};
    files_.memory_now = {memory / "memory.current", Read};
    files_.memory_events = {memory / "memory.events", Read};
    files_.oom_group = {memory / "memory.oom.group", Write};
    files_.cpu = {folders_.cpu / "cpu.stat", Read};
  } else {
    files_.memory_limit = {memory / "memory.limit_in_bytes", Write};
    files_.swap_limit = {memory / "memory.memsw.limit_in_bytes", Write};
    files_.memory_peak = {memory / "memory.max_usage_in_bytes", ReadWrite};
    files_.swap_peak = {memory / "memory.memsw.max_usage_in_bytes", ReadWrite};
    files_.memory_now = {memory / "memory.usage_in_bytes", Read};
    files_.memory_events = {memory / "memory.oom_control", Read};
    files_.cpu = {folders_.cpu / "cpuacct.usage", Read};
    files_.cpu_user = {folders_.cpu / "cpuacct.usage_user", Read};
    files_.cpu_system = {folders_.cpu / "cpuacct.usage_sys", Read};
  }
  files_.memory_stat = {memory / "memory.stat", Read};
  if (!limits_processes()) return;
  files_.processes_limit = {folders_.processes / "pids.max", Write};
  files_.processes_peak = {folders_.processes / "pids.peak", Read};
}

Result<void> CgroupLeaf::open_files() {
  name_files();
  attach_files_.clear();
  directory_.reset();
  if (is_v2()) {
    directory_.reset(open(folders_.memory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory_.valid()) return {};
    return fail(system_error(ErrorCode::Infrastructure, "cannot open a cgroup", errno,
                             folders_.memory.string()));
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
  if (rmdir(folder.c_str()) < 0 && !(missing_ && errno == ENOENT)) {
    return fail(system_error(ErrorCode::Infrastructure, "a cgroup is still in use", errno,
                             folder.string()));
  }
  if (folder == folders_.memory) memory_limit_.reset();
  if (folder == folders_.processes) processes_limit_.reset();
  missing_ = folder;
  EVAL_TRY(make_folder(folder));
  EVAL_TRY(open_files());
  missing_.reset();
  return {};
}

Result<void> CgroupLeaf::prepare_v1(Bytes memory) {
  const bool counts_swap = files_.swap_limit.present();
  if (memory_limit_ != memory) {
    // Memory alone may never exceed memory with swap, not even between the two writes.
    // A new group has no limit, so its first one is lower.
    const bool raise = memory_limit_ && *memory_limit_ < memory;
    if (counts_swap && raise) EVAL_TRY(files_.swap_limit.set(memory.count));
    EVAL_TRY(files_.memory_limit.set(memory.count));
    if (counts_swap && !raise) EVAL_TRY(files_.swap_limit.set(memory.count));
    memory_limit_ = memory;
  }
  EVAL_TRY(files_.memory_peak.set(0));
  if (counts_swap) EVAL_TRY(files_.swap_peak.set(0));
  return {};
}

Result<void> CgroupLeaf::prepare_v2(Bytes memory) {
  // Absent before 5.19; cannot be reset before 6.12.
  peak_resets_ = files_.memory_peak.present() && files_.memory_peak.set(0).has_value();
  if (!peak_resets_) EVAL_TRY(remake(folders_.memory));
  if (memory_limit_ == memory) return {};
  EVAL_TRY(files_.memory_limit.set(memory.count));
  // Absent on kernels without swap support, where there is nothing to forbid.
  if (files_.swap_limit.present()) EVAL_TRY(files_.swap_limit.set(0));
  EVAL_TRY(files_.oom_group.set(1));
  memory_limit_ = memory;
  return {};
}

// The kernel frees page tables a moment after their process has ended, and until then they count
// against the limit of whoever runs next in the group: an honest program was ended for the memory of
// the one before it. Waits for that moment, which is milliseconds away.
Result<void> CgroupLeaf::settle() {
  constexpr std::uint64_t kLeftMax = 1U << 20U;
  constexpr int kTries = 200;
  std::uint64_t left = 0;
  for (int i = 0; i < kTries; ++i) {
    const std::uint64_t now = EVAL_TRY(files_.memory_now.number());
    if (now <= lasting_ + kLeftMax) return {};
    left = minus(now, file_cache());
    if (left <= lasting_ + kLeftMax) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  lasting_ = left;  // the kernel keeps it (names of files, say); waiting again would not help
  return {};
}

Result<void> CgroupLeaf::prepare(Bytes memory, int processes) {
  if (missing_) EVAL_TRY(remake(fs::path(*missing_)));
  EVAL_TRY(settle());
  if (is_v2()) {
    EVAL_TRY(prepare_v2(memory));
  } else {
    // A peak of 1 is the least that the next run can have, so it may stay.
    const bool has_peak = limits_processes() && files_.processes_peak.present();
    if (has_peak && EVAL_TRY(files_.processes_peak.number()) > 1) {
      EVAL_TRY(remake(folders_.processes));
    }
    EVAL_TRY(prepare_v1(memory));
  }
  if (limits_processes() && processes_limit_ != processes) {
    EVAL_TRY(files_.processes_limit.set(static_cast<std::uint64_t>(processes)));
    processes_limit_ = processes;
  }
  start_ = EVAL_TRY(counters());
  residue_ = minus(EVAL_TRY(files_.memory_now.number()), file_cache());
  return {};
}

Result<CgroupLeaf::Counters> CgroupLeaf::counters() const {
  Counters now;
  if (is_v2()) {
    const std::string stat = EVAL_TRY(files_.cpu.text());
    const auto time = [&stat](std::string_view key) {
      return from_us(find_keyed_number(stat, key).value_or(0));
    };
    now.cpu = from_us(EVAL_TRY(files_.cpu.keyed_number("usage_usec")));
    now.user = time("user_usec");
    now.system = time("system_usec");
  } else {
    now.cpu = from_ns(EVAL_TRY(files_.cpu.number()));
    now.user = from_ns(EVAL_TRY(files_.cpu_user.number()));
    now.system = from_ns(EVAL_TRY(files_.cpu_system.number()));
  }
  now.oom_kills = EVAL_TRY(files_.memory_events.keyed_number("oom_kill"));
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
  const Result<std::string> text = files_.memory_stat.text();
  if (!text) return 0;
  const std::uint64_t all = find_keyed_number(*text, is_v2() ? "file" : "cache").value_or(0);
  return minus(all, find_keyed_number(*text, "shmem").value_or(0));
}

Result<Bytes> CgroupLeaf::memory_peak() const {
  std::uint64_t peak = 0;
  if (is_v2()) {
    // Before 5.19 there is no peak at all; what is charged at the end is the best there is.
    peak = EVAL_TRY(files_.memory_peak.present() ? files_.memory_peak.number()
                                                 : files_.memory_now.number());
  } else {
    peak = EVAL_TRY(files_.memory_peak.number());
    if (files_.swap_peak.present()) peak = std::max(peak, EVAL_TRY(files_.swap_peak.number()));
  }
  return Bytes{minus(peak, file_cache() + residue_)};
}

int CgroupLeaf::processes_peak() const {
  // V2 without a fresh group per run would show the peak of all runs so far.
  if (!limits_processes() || (is_v2() && peak_resets_)) return 0;
  if (!files_.processes_peak.present()) return 0;
  return static_cast<int>(files_.processes_peak.number().value_or(0));
}

std::vector<int> CgroupLeaf::attach_files() const {
  std::vector<int> files;
  for (const UniqueFd& file : attach_files_) files.push_back(file.value());
  return files;
}

int CgroupLeaf::directory() const {
  return directory_.value();
}

Result<UniqueFd> CgroupLeaf::open_for_joining() const {
  UniqueFd file(openat(directory_.value(), "cgroup.procs", O_WRONLY | O_CLOEXEC));
  if (file.valid()) return file;
  return fail(system_error(ErrorCode::Infrastructure, "cannot open a cgroup", errno,
                           (folders_.memory / "cgroup.procs").string()));
}

}  // namespace eval::sandbox
