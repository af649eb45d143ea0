#include "evaluator/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>
#include <cmath>

#include "base/check.h"

namespace eval::evaluator {
namespace {

// How long a writer waits for another process's transaction. Ours take milliseconds; a longer wait
// means that the other side hangs.
constexpr int kBusyTimeoutMs = 10'000;

ErrorCode error_code_of(int primary) {
  switch (primary) {
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
    case SQLITE_AUTH:
      return ErrorCode::Io;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_TOOBIG:
      return ErrorCode::BadInput;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::Busy;
    case SQLITE_NOMEM:
      return ErrorCode::Infrastructure;
    default:
      return ErrorCode::Internal;
  }
}

std::string_view help_for(int primary) {
  switch (primary) {
    case SQLITE_FULL:
      return "free some space on its disk; everything committed before is safe";
    case SQLITE_READONLY:
      return "make the file and its folder writable, or name another database with --db";
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "check that its folder exists and that you may read and write there";
    case SQLITE_IOERR:
      return "check the disk it lies on; everything committed before is safe";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "name a database that evalctl wrote, or restore it from a backup";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "wait for the other process to finish its transaction, then retry";
    default:
      return "";
  }
}

std::string_view summary_of(int primary, std::string_view doing) {
  switch (primary) {
    case SQLITE_FULL:
      return "disk is full";
    case SQLITE_READONLY:
      return "database is read-only";
    case SQLITE_CANTOPEN:
      return "database cannot be opened";
    case SQLITE_NOTADB:
      return "file is not a database of evalctl";
    case SQLITE_CORRUPT:
      return "database is damaged";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "database is being written by another process";
    default:
      return doing;
  }
}

// A file: URI for `path`: everything but plain path characters is escaped.
std::string uri_of(const fs::path& path, std::string_view query) {
  std::string uri = "file:";
  for (const char c : path.string()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_';
    if (plain) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri + std::string(query);
}

}  // namespace

Database::Database(sqlite3* handle, std::string name)
    : handle_(handle), statements_(std::make_unique<StatementCache>()), name_(std::move(name)) {}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close_v2(handle);
}

Error Database::error(int code, std::string_view doing) const {
  const int primary = code & 0xff;
  sqlite3* handle = handle_.get();
  int sys_errno = 0;
  if (primary == SQLITE_FULL) {
    sys_errno = ENOSPC;
  } else if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) {
    sys_errno = handle == nullptr ? 0 : sqlite3_system_errno(handle);
  }
  const std::string_view summary = summary_of(primary, doing);
  std::string detail = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  std::string what = fmt::format("{} ({}: {})", summary, sqlite3_errstr(code), detail);
  if (detail == sqlite3_errstr(code)) what = fmt::format("{} ({})", summary, detail);
  Error error{error_code_of(primary), what, name_, std::string(help_for(primary)), 0, {}};
  if (sys_errno != 0) {
    error.what = system_error(error.code, what, sys_errno).what;
    error.sys_errno = sys_errno;
  }
  return error;
}

Result<Database> Database::open(const fs::path& path, Access access) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  flags |= access == Access::ReadWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                       : SQLITE_OPEN_READONLY;
  const std::string uri = uri_of(fs::absolute(path).lexically_normal(),
                                 access == Access::Immutable ? "?immutable=1" : "");
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
  Database database(handle, path.string());
  if (code != SQLITE_OK) return fail(database.error(code, "database cannot be opened"));
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  // A database may come from a stranger: its schema must not call functions with side effects.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  return database;
}

Result<Database> Database::open_temporary() {
  sqlite3* handle = nullptr;
  const int flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2("", &handle, flags, nullptr);
  Database database(handle, "temporary copy");
  if (code != SQLITE_OK) return fail(database.error(code, "temporary copy cannot be made"));
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = statements_->take(sql);
  if (handle == nullptr) {
    const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    if (code != SQLITE_OK) return fail(error(code, "query cannot be prepared"));
  }
  return Statement(handle, statements_.get(), this);
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code, "database command failed"));
  return {};
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  Statement statement = EVAL_TRY(prepare(sql));
  const bool found = EVAL_TRY(statement.step());
  if (!found) return fail(ErrorCode::Internal, "query returned no row", name_);
  return statement.integer(0);
}

Result<void> Database::copy_from(Database& source) {
  sqlite3_backup* backup = sqlite3_backup_init(handle_.get(), "main", source.handle_.get(), "main");
  if (backup == nullptr) {
    return fail(error(sqlite3_extended_errcode(handle_.get()), "database cannot be copied"));
  }
  const int step_code = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  if (step_code != SQLITE_DONE) return fail(source.error(step_code, "database cannot be copied"));
  return {};
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}
bool Database::is_read_only() const {
  return sqlite3_db_readonly(handle_.get(), "main") == 1;
}
std::int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_.get());
}
std::int64_t Database::changes() const {
  return sqlite3_changes64(handle_.get());
}

void Statement::Release::operator()(sqlite3_stmt* handle) const {
  cache->give_back(handle);
}

void Statement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
  next_parameter_ += 1;
}

Statement& Statement::bind(std::string_view text) {
  // An empty view may have a null pointer, which SQLite would take for NULL.
  note(sqlite3_bind_text64(handle_.get(), next_parameter_, text.empty() ? "" : text.data(),
                           text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  note(sqlite3_bind_int64(handle_.get(), next_parameter_, number));
  return *this;
}

Statement& Statement::bind(double number) {
  note(sqlite3_bind_double(handle_.get(), next_parameter_, number));
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  note(sqlite3_bind_blob64(handle_.get(), next_parameter_, bytes.empty() ? "" : bytes.data(),
                           bytes.size(), SQLITE_TRANSIENT));
  return *this;
}

Statement& Statement::bind_null() {
  note(sqlite3_bind_null(handle_.get(), next_parameter_));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_code_ != SQLITE_OK) {
    return fail(database_->error(bind_code_, "value cannot be stored"));
  }
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = database_->error(code, "database statement failed");
  reset();
  return fail(std::move(error));
}

Result<void> Statement::run() {
  const bool row = EVAL_TRY(step());
  EVAL_CHECK(!row);
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  next_parameter_ = 1;
  bind_code_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

double Statement::number(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}

std::string Statement::text(int column) const {
  // column_blob gives the bytes of a TEXT as they are stored; the pointer is null when empty.
  const void* bytes = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  if (bytes == nullptr) return {};
  return std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<double> Statement::optional_number(int column) const {
  if (is_null(column)) return std::nullopt;
  return number(column);
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (database.in_transaction()) return Transaction(database, true);
  // IMMEDIATE takes the write lock now, so that a busy database is found before any work is done.
  Statement statement = EVAL_TRY(database.prepare("BEGIN IMMEDIATE"));
  EVAL_TRY(statement.run());
  return Transaction(database, false);
}

Transaction::~Transaction() {
  // After a full disk or an I/O error SQLite has rolled back already.
  if (database_ != nullptr && database_->in_transaction()) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  if (!is_part_) {
    Statement statement = EVAL_TRY(database_->prepare("COMMIT"));
    EVAL_TRY(statement.run());  // if it fails the destructor rolls back
  }
  database_ = nullptr;
  return {};
}

}  // namespace eval::evaluator
