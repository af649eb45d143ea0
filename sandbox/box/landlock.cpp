// Landlock as a second wall behind the read-only mounts: a program may write below /box, /tmp and
// /dev/shm and to the devices (and in a root of its own), and nowhere else; it cannot use TCP, and cannot reach out of its run by
// signals or abstract sockets. Numbers as in linux/landlock.h, which distributions have in older versions.
#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/box/system.h"

namespace eval::sandbox::box {
namespace {

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

constexpr std::uint64_t kWriteFile = 1U << 1;
constexpr std::uint64_t kChangeEntries = 0x1ff0;  // remove and make, every kind: bits 4 to 12
constexpr std::uint64_t kMakeDevices = 1U << 6 | 1U << 11;
constexpr std::uint64_t kRefer = 1U << 13;     // ABI 2
constexpr std::uint64_t kTruncate = 1U << 14;  // ABI 3
constexpr std::uint64_t kAllTcp = 3;           // ABI 4
constexpr std::uint64_t kAllScopes = 3;        // ABI 6: abstract sockets, signals

constexpr const char* kFolders[] = {"/box", "/tmp", "/dev/shm"};
constexpr const char* kDevices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                    "/dev/urandom"};

struct Ruleset {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
};
struct __attribute__((packed)) PathRule {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};

// What a process outside of any run may not hold back: kept for the life of the box.
int ruleset_file = -1;

int allow(int ruleset, const char* path, std::uint64_t rights) {
  const int parent = open(path, O_PATH | O_CLOEXEC);
  if (parent < 0) return -1;
  const PathRule rule{rights, parent};
  constexpr unsigned kPathBeneath = 1;
  const long added = syscall(SYS_landlock_add_rule, ruleset, kPathBeneath, &rule, 0U);
  const int saved = errno;
  close(parent);
  errno = saved;
  return static_cast<int>(added);
}

}  // namespace

Fault prepare_landlock(bool own_root) {
  constexpr unsigned kAskVersion = 1;
  const long version = syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  // Version 1 forbids every move from one folder to another, also where all may be written.
  if (version < 2) return fails_here(Step::Landlock) ? fault_here(Step::Landlock) : Fault{};
  Ruleset wanted;
  wanted.files = kWriteFile | kChangeEntries | kRefer | (version >= 3 ? kTruncate : 0);
  if (version >= 4) wanted.network = kAllTcp;
  if (version >= 6) wanted.scopes = kAllScopes;
  const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const long made = syscall(SYS_landlock_create_ruleset, &wanted, size, 0U);
  if (fails_here(Step::Landlock) || made < 0) return fault_here(Step::Landlock);
  const int ruleset = static_cast<int>(made);
  // What a root of its own holds may be changed by who owns it; its mounts are the wall.
  if (own_root && allow(ruleset, "/", wanted.files & ~kMakeDevices) < 0) {
    return fault_here(Step::Landlock);
  }
  for (const char* folder : kFolders) {
    if (allow(ruleset, folder, wanted.files & ~kMakeDevices) < 0) {
      return fault_here(Step::Landlock);
    }
  }
  for (const char* device : kDevices) {
    if (allow(ruleset, device, kWriteFile) < 0) return fault_here(Step::Landlock);
  }
  ruleset_file = ruleset;
  return {};
}

int enter_landlock() {
  if (ruleset_file < 0) return 0;
  return static_cast<int>(syscall(SYS_landlock_restrict_self, ruleset_file, 0U));
}

int landlock_rules() {
  return ruleset_file;
}

void set_landlock_rules(int rules) {
  ruleset_file = rules;
}

}  // namespace eval::sandbox::box
