#include "evaluator/store/run_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "base/hash.h"
#include "base/text.h"

// Theory of operation. The lock is flock() on "<database>.lock-<hash of the run id>"; the holder
// writes its process id into that file for the message a second process prints. The holder removes
// the file before it lets go, so databases do not collect lock files. That makes a race: somebody
// may have opened the file just before it was removed, and then lock a file that has no name any
// more. So after locking we look whether the name still leads to the same file, and start over if
// it does not.
namespace eval::evaluator {
namespace {

// Each round lost means that another process took and released the run meanwhile.
constexpr int kRounds = 100;

fs::path lock_path(const fs::path& database, const std::string& run_id) {
  return fs::path(database.string() + ".lock-" + sha256_hex(run_id).substr(0, 12));
}

bool is_still_named(int fd, const fs::path& path) {
  struct stat open_file {};
  struct stat named_file {};
  if (::fstat(fd, &open_file) != 0 || ::stat(path.c_str(), &named_file) != 0) return false;
  return open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

std::string holder_of(int fd) {
  std::array<char, 32> buffer{};
  const ssize_t size = ::pread(fd, buffer.data(), buffer.size(), 0);
  if (size <= 0) return "another process";
  const std::string text(trim(std::string_view(buffer.data(), static_cast<std::size_t>(size))));
  const auto pid = parse_integer(text);
  // Between taking the lock and writing its id, the holder is anonymous.
  return pid ? fmt::format("process {}", *pid) : "another process";
}

Result<void> write_holder(int fd, const fs::path& path) {
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(fd, 0) == 0 &&
      ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return fail(system_error(ErrorCode::Io, "lock file cannot be written", errno, path.string()));
}

}  // namespace

Result<RunLock> RunLock::acquire(const fs::path& database, const std::string& run_id) {
  const fs::path path = lock_path(database, run_id);
  for (int round = 0; round < kRounds; ++round) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!fd.valid()) {
      return fail(system_error(ErrorCode::Io, "lock file cannot be created", errno, path.string())
                      .with_help("make the folder of the database writable"));
    }
    if (::flock(fd.value(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EINTR) continue;
      if (errno != EWOULDBLOCK) {
        return fail(system_error(ErrorCode::Io, "run cannot be locked", errno, path.string()));
      }
      return fail(ErrorCode::Busy,
                  fmt::format("run \"{}\" is being worked on by {}", run_id, holder_of(fd.value())),
                  database.string(), "wait until it ends, or stop it; it can be resumed");
    }
    if (!is_still_named(fd.value(), path)) continue;
    EVAL_TRY(write_holder(fd.value(), path));
    return RunLock(path, std::move(fd));
  }
  return fail(ErrorCode::Busy, fmt::format("run \"{}\" keeps being taken", run_id),
              database.string(), "retry when no other process works on it");
}

RunLock::~RunLock() {
  if (fd_.valid()) ::unlink(path_.c_str());
}

}  // namespace eval::evaluator
