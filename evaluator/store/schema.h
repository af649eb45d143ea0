#pragma once

#include "base/files.h"
#include "base/result.h"
#include "evaluator/store/database.h"

// The tables and how they came to be. FORMAT.md in this folder is their manual.
namespace eval::evaluator {

// The schema this version writes: the number of migrations. A file says its own in user_version.
inline constexpr int kSchemaVersion = 7;

// Marks a file as ours ("evlc" in ASCII), so that another program's database is never touched.
inline constexpr std::int64_t kApplicationId = 0x65766c63;

// What is in the file behind `database`, before anything is changed.
struct SchemaState {
  std::int64_t version = 0;
  bool is_empty = true;  // no table at all: a new file
};

// Reads the state. BadInput if the file is no database, another program's, damaged, or of a newer
// schema than kSchemaVersion.
Result<SchemaState> inspect_schema(Database& database);

// Brings the schema forward to `version` in one transaction; nothing to do is no error. Two processes
// that do this at once are serialised by the write lock. An earlier version than the last one is for
// tests of the migrations. Foreign keys are enforced afterwards.
Result<void> migrate(Database& database, int version = kSchemaVersion);

}  // namespace eval::evaluator
