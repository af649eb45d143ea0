#include "sandbox/program_cache.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <numeric>

#include "sandbox/copy_files.h"

namespace eval::sandbox {
namespace {

// A worker or two with a submission, a checker and an interactor each; and what they may take.
constexpr std::size_t kEntriesMax = 16;
constexpr off_t kProgramBytesMax = 32 << 20;
constexpr off_t kTotalBytesMax = 128 << 20;
// File systems count time in ticks: a file changed within the last one could change again and look
// the same. Twice the longest tick (100 a second).
constexpr std::int64_t kRecentNs = 20'000'000;

std::int64_t ns_of(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool changed_recently(const struct stat& status) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return ns_of(now) - ns_of(status.st_ctim) < kRecentNs;
}

// Scripts are opened again by their interpreter, so only real programs can be run by descriptor.
bool is_elf(int file) {
  char magic[4] = {};
  return pread(file, magic, sizeof magic, 0) == sizeof magic &&
         std::memcmp(magic, "\177ELF", sizeof magic) == 0;
}

}  // namespace

const InputFile* program_file(const Command& command) {
  const std::string& program = command.argv.front();
  if (program.rfind("./", 0) != 0) return nullptr;
  const auto found = std::find_if(
      command.files.begin(), command.files.end(),
      [&](const InputFile& file) { return program.compare(2, std::string::npos, file.name) == 0; });
  return found == command.files.end() ? nullptr : &*found;
}

bool ProgramCache::is_same(const Entry& entry, const struct stat& status) {
  return entry.device == status.st_dev && entry.inode == status.st_ino &&
         entry.size == status.st_size && same_time(entry.modified, status.st_mtim) &&
         same_time(entry.changed, status.st_ctim);
}

Result<std::shared_ptr<const UniqueFd>> ProgramCache::find(const Command& command) {
  const InputFile* file = program_file(command);
  if (file == nullptr || !file->executable || file->source.host_path.empty()) return nullptr;
  struct stat status {};
  if (stat(file->source.host_path.c_str(), &status) < 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kProgramBytesMax) {
    return nullptr;  // copying it in says what is wrong with it
  }
  const std::lock_guard lock(mutex_);
  const auto known = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return is_same(entry, status); });
  if (known != entries_.end()) {
    std::rotate(entries_.begin(), known, known + 1);
    return entries_.front().copy;
  }
  UniqueFd copy = EVAL_TRY(sealed_program(file->source));
  if (!is_elf(copy.value())) return nullptr;
  auto shared = std::make_shared<const UniqueFd>(std::move(copy));
  if (changed_recently(status)) return shared;
  entries_.insert(entries_.begin(), Entry{status.st_dev, status.st_ino, status.st_size,
                                          status.st_mtim, status.st_ctim, shared});
  const auto total = [this] {
    return std::accumulate(entries_.begin(), entries_.end(), off_t{0},
                           [](off_t sum, const Entry& entry) { return sum + entry.size; });
  };
  while (entries_.size() > kEntriesMax || total() > kTotalBytesMax) entries_.pop_back();
  return shared;
}

}  // namespace eval::sandbox
