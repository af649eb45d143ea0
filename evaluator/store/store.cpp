#include "evaluator/store/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>
#include <thread>

#include "base/hash.h"
#include "base/unique_fd.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/schema.h"

// Theory of operation. The file is in WAL mode: a transaction is appended to "<file>-wal" and
// synced, readers go on with the old state, and now and then SQLite copies the log into the file.
// After kill -9 the next opener finds the log and takes from it what was committed. `synchronous` is
// FULL, so that a commit survives a loss of power too: an attempt costs minutes of a GPU, a sync
// costs milliseconds. Who has much to write at once writes it together().
namespace eval::evaluator {
namespace {

// The first 16 bytes of every SQLite file (https://www.sqlite.org/fileformat.html, section 1.3).
constexpr std::string_view kMagic("SQLite format 3\0", 16);

// Switching a file to WAL needs it alone for a moment and does not wait by itself.
constexpr int kJournalModeTries = 200;
constexpr std::chrono::milliseconds kJournalModePause{25};

enum class FileKind { Missing, Empty, Database };

// Looks before SQLite does, so that a file that is none of ours is never touched.
Result<FileKind> look_at(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    return fail(ErrorCode::BadInput, "database is a folder", path.string(),
                "name a file, for example with --db runs.db");
  }
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) {
    if (errno == ENOENT) return FileKind::Missing;
    return fail(system_error(ErrorCode::Io, "database cannot be read", errno, path.string())
                    .with_help("check that you may read it"));
  }
  std::array<char, kMagic.size()> header{};
  const ssize_t size = ::pread(fd.value(), header.data(), header.size(), 0);
  if (size < 0) {
    return fail(system_error(ErrorCode::Io, "database cannot be read", errno, path.string()));
  }
  if (size == 0) return FileKind::Empty;
  if (std::string_view(header.data(), static_cast<std::size_t>(size)) != kMagic) {
    return fail(ErrorCode::BadInput, "file is not a database of evalctl", path.string(),
                "name a database that evalctl wrote, or a new file");
  }
  return FileKind::Database;
}

Result<void> use_write_ahead_log(Database& database) {
  for (int tries = 1;; ++tries) {
    auto changed = database.execute("PRAGMA journal_mode = WAL");
    if (changed) break;
    if (changed.error().code != ErrorCode::Busy || tries == kJournalModeTries) return changed;
    std::this_thread::sleep_for(kJournalModePause);
  }
  return database.execute("PRAGMA synchronous = FULL");
}

Result<Database> open_writable(const fs::path& path) {
  const FileKind kind = EVAL_TRY(look_at(path));
  const fs::path folder = fs::absolute(path).parent_path();
  std::error_code ignored;
  if (kind == FileKind::Missing && !fs::is_directory(folder, ignored)) {
    return fail(ErrorCode::NotFound,
                fmt::format("folder \"{}\" of the database does not exist", folder.string()),
                path.string(), "create it, or name another database with --db");
  }
  Database database = EVAL_TRY(Database::open(path, Database::Access::ReadWrite));
  if (database.is_read_only()) {
    return fail(ErrorCode::Io, "database is read-only", path.string(),
                "make the file writable, or name another database with --db");
  }
  const SchemaState state = EVAL_TRY(inspect_schema(database));
  EVAL_TRY(use_write_ahead_log(database));
  if (state.version < kSchemaVersion) EVAL_TRY(migrate(database));
  return database;
}

bool has_pending_log(const fs::path& path) {
  std::error_code error;
  const auto size = fs::file_size(path.string() + "-wal", error);
  return !error && size > 0;
}

// A reader of a WAL file needs a "-shm" file beside it. Where that cannot be made (read-only media,
// somebody else's folder) and the log is empty, the file can be read as one that nobody changes.
Result<Database> open_and_inspect(const fs::path& path, SchemaState& state) {
  Database database = EVAL_TRY(Database::open(path, Database::Access::ReadOnly));
  auto inspected = inspect_schema(database);
  if (inspected) {
    state = *inspected;
    return database;
  }
  if (inspected.error().code != ErrorCode::Io) return fail(std::move(inspected).error());
  if (has_pending_log(path)) {
    return fail(std::move(inspected).error().with_help(
        "its latest changes are in the -wal file beside it: copy both into "
        "a folder you may write to and open the copy"));
  }
  Database unchanging = EVAL_TRY(Database::open(path, Database::Access::Immutable));
  state = EVAL_TRY(inspect_schema(unchanging));
  return unchanging;
}

Result<Database> open_readable(const fs::path& path) {
  switch (EVAL_TRY(look_at(path))) {
    case FileKind::Missing:
      return fail(ErrorCode::NotFound, "database does not exist", path.string(),
                  "check the path given with --db; `evalctl run` makes a new one");
    case FileKind::Empty:
      return fail(ErrorCode::BadInput, "database is empty", path.string(),
                  "no run was recorded in it; `evalctl run` does");
    case FileKind::Database:
      break;
  }
  SchemaState state;
  Database database = EVAL_TRY(open_and_inspect(path, state));
  if (state.is_empty) {
    return fail(ErrorCode::BadInput, "database is empty", path.string(),
                "no run was recorded in it; `evalctl run` does");
  }
  if (state.version == kSchemaVersion) return database;
  // An older file that we must not change is read through a migrated copy.
  Database copy = EVAL_TRY(Database::open_temporary());
  EVAL_TRY(copy.copy_from(database));
  EVAL_TRY(migrate(copy));
  EVAL_TRY(copy.execute("PRAGMA query_only = ON"));
  return copy;
}

}  // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const fs::path& path, OpenMode mode,
                                           const Clock& clock) {
  auto database = mode == OpenMode::ReadWrite ? open_writable(path) : open_readable(path);
  if (!database) return fail(std::move(database).error());
  return std::unique_ptr<Store>(
      new Store(std::make_unique<Impl>(std::move(*database), path, clock)));
}

Result<void> Store::lock_run(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  if (impl_->locks.contains(run_id)) return {};
  RunLock lock = EVAL_TRY(RunLock::acquire(impl_->path, run_id));
  impl_->locks.emplace(run_id, std::move(lock));
  return {};
}

Result<void> Store::together(const std::function<Result<void>()>& work) {
  const std::lock_guard guard(impl_->mutex);
  Transaction transaction = EVAL_TRY(Transaction::begin(impl_->database));
  EVAL_TRY(work());
  return transaction.commit();
}

Result<std::string> put_blob(Database& database, std::string_view content) {
  std::string hash = sha256_hex(content);
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO blobs (sha256, content) VALUES (?, ?) ON CONFLICT (sha256) DO NOTHING"));
  EVAL_TRY(statement.bind(hash).bind_blob(content).run());
  return hash;
}

}  // namespace eval::evaluator
