#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <unordered_map>

struct sqlite3_stmt;

namespace eval::evaluator {

// The statements of one connection that nobody uses, by their text. One in use is not here, so a second
// of the same text is compiled while the first is half read. Internal to this folder; not thread-safe.
class StatementCache {
 public:
  // Ready to be bound, and the caller's to give back; null if there is none.
  sqlite3_stmt* take(std::string_view sql);
  // Keeps it if there is room.
  void give_back(sqlite3_stmt* handle);

  std::size_t size() const { return idle_.size(); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  using Kept = std::unique_ptr<sqlite3_stmt, Finalize>;
  std::unordered_map<std::string_view, Kept> idle_;  // keys are the statements' own texts
};

}  // namespace eval::evaluator
