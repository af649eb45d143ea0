#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/sandbox.h"

namespace eval::sandbox {

// Sealed copies in memory of the programs that were run last. A run that executes such a copy by its
// descriptor copies nothing, leaves nothing to remove, and its program cannot be changed by anybody.
// Thread-safe.
class ProgramCache {
 public:
  // The copy of the file that `command` names as its program, or null where it must lie in the work
  // folder: not "./name" of an executable host file, no ELF program, or too large. The other files of
  // the command are not looked at. An Error if a source cannot be read.
  Result<std::shared_ptr<const UniqueFd>> find(const Command& command);

 private:
  struct Entry {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    timespec modified{};
    timespec changed{};
    std::shared_ptr<const UniqueFd> copy;
  };
  static bool is_same(const Entry& entry, const struct stat& status);

  std::mutex mutex_;
  std::vector<Entry> entries_;  // guarded by mutex_; most recently used first
};

// The file of `command` that its argv names as "./name"; null if there is none.
const InputFile* program_file(const Command& command);

}  // namespace eval::sandbox
