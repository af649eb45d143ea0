#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/result.h"
#include "evaluator/store/statement_cache.h"

struct sqlite3;
struct sqlite3_stmt;

// The owners of SQLite's handles, and its return codes as Errors. Internal to this folder.
namespace eval::evaluator {

class Statement;

// One connection. Not thread-safe: the Store holds a mutex around it. Move-only.
class Database {
 public:
  enum class Access { ReadWrite, ReadOnly, Immutable };
  // Opens (ReadWrite: or creates) the file; reads nothing yet. Immutable skips locks and the
  // write-ahead log, for media that cannot be written.
  static Result<Database> open(const fs::path& path, Access access);
  // An empty private database that SQLite keeps in memory and spills to a temporary file.
  static Result<Database> open_temporary();

  // Compiling a statement costs more than running a short one, so statements that are done with are
  // kept, and the same text later gives the same statement, reset and without parameters. Give it
  // texts of the program, which are few; values are bound.
  Result<Statement> prepare(std::string_view sql);
  // Runs one or more statements without results.
  Result<void> execute(const std::string& sql);
  // The first column of the first row; an Error if there is no row.
  Result<std::int64_t> query_integer(std::string_view sql);
  // Replaces this connection's content by a copy of `source`, page by page.
  Result<void> copy_from(Database& source);

  bool in_transaction() const;
  bool is_read_only() const;
  std::int64_t last_insert_id() const;
  // Rows changed by the latest statement.
  std::int64_t changes() const;
  const std::string& name() const { return name_; }
  // How many statements wait for their next use.
  std::size_t kept_statements() const { return statements_->size(); }

  // What the last failed call means, with SQLite's own words.
  Error error(int code, std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  Database(sqlite3* handle, std::string name);

  std::unique_ptr<sqlite3, Close> handle_;
  std::unique_ptr<StatementCache> statements_;  // after handle_: these must go first
  std::string name_;                            // the path, for messages
};

// One prepared statement. Parameters are bound in order from 1 with bind(); columns are read from
// 0. The database must outlive it. Move-only.
//
//   auto statement = EVAL_TRY(database.prepare("INSERT INTO facts (key, value) VALUES (?, ?)"));
//   EVAL_TRY(statement.bind(key).bind(value).run());
class Statement {
 public:
  // Each binds the next parameter. A failure is kept and reported by step() or run(). Texts are
  // copied; they may hold any bytes.
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(int number) { return bind(std::int64_t{number}); }
  Statement& bind(double number);
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_null();
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  // Moves to the next row; false when there is none.
  Result<bool> step();
  // Runs a statement that returns no rows, then makes it ready for new parameters.
  Result<void> run();
  // Ready to be bound and run again.
  void reset();

  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;  // TEXT or BLOB; empty for NULL
  bool is_null(int column) const;
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<double> optional_number(int column) const;
  std::optional<std::string> optional_text(int column) const;

 private:
  friend class Database;
  struct Release {
    void operator()(sqlite3_stmt* handle) const;
    StatementCache* cache = nullptr;  // of the database
  };
  Statement(sqlite3_stmt* handle, StatementCache* cache, Database* database)
      : handle_(handle, Release{cache}), database_(database) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Release> handle_;
  Database* database_;  // not owned
  int next_parameter_ = 1;
  int bind_code_ = 0;  // the first failure of a bind since reset()
};

// BEGIN IMMEDIATE until commit(); rolls back when destroyed without one. Begun inside another one it is
// part of that: its commit() leaves everything to the outer one, its rollback takes all of that with it.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)), is_part_(other.is_part_) {}
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  Transaction(Database& database, bool is_part) : database_(&database), is_part_(is_part) {}
  Database* database_;  // nullptr once committed or moved from
  bool is_part_;        // of another one
};

}  // namespace eval::evaluator
