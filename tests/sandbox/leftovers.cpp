#include "tests/sandbox/leftovers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include "base/text.h"
#include "sandbox/cgroup_layout.h"
#include "sandbox/proc_files.h"

namespace eval::sandbox {
namespace {

int parent_of(const std::string& pid) {
  const auto text = read_small_file(fs::path("/proc") / pid / "stat");
  const std::size_t end = text ? text->rfind(')') : std::string::npos;
  if (end == std::string::npos) return 0;
  const auto words = split_words(std::string_view(*text).substr(end + 1));
  return words.size() < 2 ? 0 : static_cast<int>(parse_integer(words[1]).value_or(0));
}

std::vector<std::string> all_processes() {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    if (parse_integer(entry.path().filename().string())) ids.push_back(entry.path().filename());
  }
  return ids;
}

int count_descendants() {
  std::map<int, int> parents;
  for (const std::string& pid : all_processes()) parents[std::stoi(pid)] = parent_of(pid);
  int found = 0;
  for (const auto& [pid, parent] : parents) {
    int ancestor = parent;
    for (int depth = 0; ancestor > 1 && depth < 1000; ++depth) {
      if (ancestor == getpid()) {
        ++found;
        break;
      }
      const auto next = parents.find(ancestor);
      ancestor = next == parents.end() ? 0 : next->second;
    }
  }
  return found;
}

std::vector<CgroupMount> cgroup_mounts() {
  return parse_cgroup_mounts(read_small_file("/proc/self/mountinfo").value_or(""),
                             read_small_file("/proc/self/cgroup").value_or(""));
}

int count_folders(const fs::path& group) {
  int count = 0;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(group, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (at->is_directory(error)) ++count;
  }
  return count;
}

std::vector<std::string> open_descriptors() {
  const std::vector<CgroupMount> mounts = cgroup_mounts();
  std::vector<std::string> targets;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd", error)) {
    const std::string target = fs::read_symlink(entry.path(), error).string();
    const bool is_of_cgroup = std::any_of(mounts.begin(), mounts.end(), [&](const auto& mount) {
      return target.starts_with(mount.mount_point.string() + "/");
    });
    if (!is_of_cgroup || target.ends_with(" (deleted)")) targets.push_back(target);
  }
  return targets;
}

Bytes charged_here() {
  for (const CgroupMount& mount : cgroup_mounts()) {
    const auto& names = mount.controllers;
    const bool v1 = std::find(names.begin(), names.end(), "memory") != names.end();
    if (!v1 && !names.empty()) continue;
    const auto bytes =
        read_number_file(mount.own_group / (v1 ? "memory.usage_in_bytes" : "memory.current"));
    if (bytes) return Bytes{*bytes};
  }
  return {};
}

}  // namespace

std::vector<fs::path> cgroups_of(int pid) {
  std::set<fs::path> found;
  const std::string prefix = fmt::format("evalctl-{}-{}-", pid_namespace_id(), pid);
  for (const CgroupMount& mount : cgroup_mounts()) {
    for (const fs::path& folder : {mount.own_group, mount.mount_point}) {
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(folder, error)) {
        if (entry.path().filename().string().rfind(prefix, 0) == 0) found.insert(entry.path());
      }
    }
  }
  return {found.begin(), found.end()};
}

Leftovers count_leftovers() {
  Leftovers now;
  now.processes = count_descendants();
  const auto mounts = read_small_file("/proc/self/mountinfo").value_or("");
  now.mounts = static_cast<int>(std::count(mounts.begin(), mounts.end(), '\n'));
  for (const fs::path& group : cgroups_of(getpid())) now.cgroups += 1 + count_folders(group);
  now.descriptors = static_cast<int>(open_descriptors().size());
  const auto status = read_small_file("/proc/self/status").value_or("");
  now.resident = Bytes::kib(find_keyed_number(status, "VmRSS:").value_or(0));
  now.charged = charged_here();
  return now;
}

std::string to_string(const Leftovers& leftovers) {
  return fmt::format("{} processes, {} mounts, {} cgroups, {} descriptors, {} resident, {} charged",
                     leftovers.processes, leftovers.mounts, leftovers.cgroups,
                     leftovers.descriptors, to_string(leftovers.resident),
                     to_string(leftovers.charged));
}

std::string descriptors_open() {
  return join(open_descriptors(), "\n");
}

Leftovers count_when_settled(const Leftovers& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  Leftovers now = count_leftovers();
  while (!now.same_counts(wanted) && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    now = count_leftovers();
  }
  return now;
}

std::vector<std::string> processes_with(const std::string& mark) {
  std::vector<std::string> found;
  for (const std::string& pid : all_processes()) {
    const auto line = read_small_file(fs::path("/proc") / pid / "cmdline");
    if (line && line->find(mark) != std::string::npos) found.push_back(pid);
  }
  return found;
}

}  // namespace eval::sandbox
