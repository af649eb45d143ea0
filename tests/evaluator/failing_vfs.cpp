#include "tests/evaluator/failing_vfs.h"

#include <sqlite3.h>

#include <cstddef>

// Theory of operation. SQLite asks a VFS for files and then calls the file's own table of methods. Our
// file is a small header followed by the real file; our methods look whether to fail and otherwise call
// the real ones. The header remembers the VFS it came from, so that files need no global state.
namespace eval::evaluator::test {

struct FailingVfs::State {
  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  bool armed = false;
  Fault fault = Fault::OneWrite;
  int calls_left = 0;
  bool failed = false;

  // The code that a call of `kind` shall return; SQLITE_OK to pass it on.
  int on_call(bool is_write) {
    if (!armed || is_write == (fault == Fault::OneSync)) return SQLITE_OK;
    calls_left -= 1;
    const bool fails = fault == Fault::DiskFull ? calls_left <= 0 : calls_left == 0;
    if (!fails) return SQLITE_OK;
    failed = true;
    if (fault == Fault::DiskFull) return SQLITE_FULL;
    return fault == Fault::OneSync ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
  }
};

namespace {

struct File {
  sqlite3_file base;  // first: SQLite sees this
  FailingVfs::State* state;
  sqlite3_file* real;  // lies behind this struct
};

File* ours(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
  return ours(file)->real;
}

int close_file(sqlite3_file* f) {
  return real(f)->pMethods == nullptr ? SQLITE_OK : real(f)->pMethods->xClose(real(f));
}
int read_file(sqlite3_file* f, void* out, int size, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), out, size, at);
}
int write_file(sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
  const int code = ours(f)->state->on_call(true);
  return code != SQLITE_OK ? code : real(f)->pMethods->xWrite(real(f), data, size, at);
}
int truncate_file(sqlite3_file* f, sqlite3_int64 size) {
  return real(f)->pMethods->xTruncate(real(f), size);
}
int sync_file(sqlite3_file* f, int flags) {
  const int code = ours(f)->state->on_call(false);
  return code != SQLITE_OK ? code : real(f)->pMethods->xSync(real(f), flags);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return real(f)->pMethods->xFileSize(real(f), size);
}
int lock_file(sqlite3_file* f, int level) {
  return real(f)->pMethods->xLock(real(f), level);
}
int unlock_file(sqlite3_file* f, int level) {
  return real(f)->pMethods->xUnlock(real(f), level);
}
int check_lock(sqlite3_file* f, int* out) {
  return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int control_file(sqlite3_file* f, int op, void* arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector_size(sqlite3_file* f) {
  return real(f)->pMethods->xSectorSize(real(f));
}
int characteristics(sqlite3_file* f) {
  return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int region, int size, int extend, void volatile** out) {
  return real(f)->pMethods->xShmMap(real(f), region, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) {
  real(f)->pMethods->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
  return real(f)->pMethods->xShmUnmap(real(f), remove);
}

constexpr sqlite3_io_methods kMethods = {
    2,         close_file,  read_file,  write_file,   truncate_file, sync_file,       file_size,
    lock_file, unlock_file, check_lock, control_file, sector_size,   characteristics, shm_map,
    shm_lock,  shm_barrier, shm_unmap,  nullptr,      nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* f, int flags, int* out_flags) {
  auto* state = static_cast<FailingVfs::State*>(vfs->pAppData);
  File* file = ours(f);
  file->state = state;
  file->real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(f) + sizeof(File));
  const int code = state->real->xOpen(state->real, name, file->real, flags, out_flags);
  // Without methods SQLite does not call xClose.
  file->base.pMethods = file->real->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

FailingVfs::FailingVfs() : state_(std::make_unique<State>()) {
  state_->real = sqlite3_vfs_find(nullptr);
  // All but opening is the real file system's: its functions do not look at the VFS they are called by.
  state_->vfs = *state_->real;
  state_->vfs.zName = "failing";
  state_->vfs.szOsFile = static_cast<int>(sizeof(File)) + state_->real->szOsFile;
  state_->vfs.pAppData = state_.get();
  state_->vfs.xOpen = open_file;
  state_->vfs.pNext = nullptr;
  sqlite3_vfs_register(&state_->vfs, 1);
}

FailingVfs::~FailingVfs() {
  sqlite3_vfs_register(state_->real, 1);
  sqlite3_vfs_unregister(&state_->vfs);
}

void FailingVfs::fail_from(int n, Fault fault) {
  state_->armed = true;
  state_->fault = fault;
  state_->calls_left = n;
  state_->failed = false;
}

void FailingVfs::heal() {
  state_->armed = false;
}
bool FailingVfs::has_failed() const {
  return state_->failed;
}

}  // namespace eval::evaluator::test
