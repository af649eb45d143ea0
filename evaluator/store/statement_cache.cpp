#include "evaluator/store/statement_cache.h"

#include <sqlite3.h>

#include <utility>

namespace eval::evaluator {
namespace {

// The store has about 80 texts; what goes beyond are texts made up for one use.
constexpr std::size_t kKeptMax = 128;

}  // namespace

void StatementCache::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

sqlite3_stmt* StatementCache::take(std::string_view sql) {
  const auto found = idle_.find(sql);
  if (found == idle_.end()) return nullptr;
  sqlite3_stmt* handle = found->second.release();
  idle_.erase(found);
  return handle;
}

void StatementCache::give_back(sqlite3_stmt* handle) {
  Kept kept(handle);
  // One that is not reset keeps its transaction open, and bindings would be the next user's.
  sqlite3_reset(handle);
  sqlite3_clear_bindings(handle);
  if (idle_.size() < kKeptMax) idle_.try_emplace(sqlite3_sql(handle), std::move(kept));
}

}  // namespace eval::evaluator
