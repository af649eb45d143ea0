#include "evaluator/store/schema.h"

#include <fmt/format.h>

#include <array>

namespace eval::evaluator {
namespace {

// Migration 1: runs and everything that happens in them. Rows about an attempt are appended, never
// rewritten; the triggers hold every program to that, not just this one.
constexpr const char* kMigration1 = R"sql(
CREATE TABLE blobs (
  sha256  TEXT PRIMARY KEY CHECK (length(sha256) = 64),  -- of content, lower-case hex
  content BLOB NOT NULL
) STRICT;

CREATE TABLE runs (
  id            INTEGER PRIMARY KEY,
  name          TEXT    NOT NULL UNIQUE,          -- the run id people use
  suite         TEXT    NOT NULL,
  model         TEXT    NOT NULL,
  manifest_key  TEXT    NOT NULL,                 -- hash of what must agree to resume
  manifest_json TEXT    NOT NULL,
  created_ms    INTEGER NOT NULL                  -- Unix ms, UTC
) STRICT;

CREATE TABLE problems (
  id                 INTEGER PRIMARY KEY,
  run_id             INTEGER NOT NULL REFERENCES runs (id),
  ordinal            INTEGER NOT NULL CHECK (ordinal >= 0),       -- plan order
  name               TEXT    NOT NULL,                            -- suite/slug
  title              TEXT    NOT NULL,
  kind               TEXT    NOT NULL CHECK (kind IN ('program','patch','proof')),
  content_hash       TEXT    NOT NULL,
  statement_sha256   TEXT    NOT NULL REFERENCES blobs (sha256),
  statement_format   TEXT    NOT NULL CHECK (statement_format IN ('markdown','latex','text','pdf')),
  points_max         REAL    NOT NULL,
  is_scoring         INTEGER NOT NULL CHECK (is_scoring IN (0, 1)),
  testcase_count     INTEGER NOT NULL CHECK (testcase_count >= 0),
  time_limit_ms      INTEGER NOT NULL CHECK (time_limit_ms >= 0),  -- 0: derived, or none
  memory_limit_bytes INTEGER NOT NULL CHECK (memory_limit_bytes >= 0),
  source             TEXT    NOT NULL,
  UNIQUE (run_id, name)
) STRICT;
CREATE INDEX problems_by_statement ON problems (statement_sha256);

CREATE TABLE attempts (
  id            INTEGER PRIMARY KEY,
  run_id        INTEGER NOT NULL REFERENCES runs (id),
  problem_id    INTEGER NOT NULL REFERENCES problems (id),
  attempt_index INTEGER NOT NULL CHECK (attempt_index >= 0),
  seed          INTEGER NOT NULL,                 -- 64 bits, stored as two's complement
  state         TEXT    NOT NULL CHECK (state IN ('planned','generated','judged','failed')),
  UNIQUE (problem_id, attempt_index)
) STRICT;
CREATE INDEX attempts_by_run ON attempts (run_id);

CREATE TABLE generations (
  id                INTEGER PRIMARY KEY,
  attempt_id        INTEGER NOT NULL REFERENCES attempts (id),
  turn              INTEGER NOT NULL CHECK (turn >= 0),
  prompt_sha256     TEXT    NOT NULL REFERENCES blobs (sha256),  -- JSON: [{role, content}]
  text_sha256       TEXT    NOT NULL REFERENCES blobs (sha256),
  reasoning_sha256  TEXT             REFERENCES blobs (sha256),  -- NULL: the model has none
  finish_reason     TEXT    NOT NULL CHECK (finish_reason IN ('stop','length','refused','cancelled')),
  prompt_tokens     INTEGER,                      -- NULL: not told
  completion_tokens INTEGER,                      -- NULL: not told
  queue_time_ms     INTEGER NOT NULL,
  first_token_ms    INTEGER,                      -- NULL: not streamed
  total_time_ms     INTEGER NOT NULL,
  tries             INTEGER NOT NULL,
  from_cache        INTEGER NOT NULL CHECK (from_cache IN (0, 1)),
  model             TEXT    NOT NULL,
  fingerprint       TEXT    NOT NULL,
  language          TEXT,                         -- NULL: the recording does not say
  generated_ms      INTEGER NOT NULL,             -- Unix ms, UTC
  UNIQUE (attempt_id, turn)
) STRICT;
CREATE INDEX generations_by_prompt ON generations (prompt_sha256);
CREATE INDEX generations_by_text ON generations (text_sha256);
CREATE INDEX generations_by_reasoning ON generations (reasoning_sha256);

CREATE TABLE generation_files (
  id             INTEGER PRIMARY KEY,
  generation_id  INTEGER NOT NULL REFERENCES generations (id),
  ordinal        INTEGER NOT NULL,
  name           TEXT    NOT NULL,
  content_sha256 TEXT    NOT NULL REFERENCES blobs (sha256),
  UNIQUE (generation_id, ordinal)
) STRICT;
CREATE INDEX generation_files_by_content ON generation_files (content_sha256);

CREATE TABLE submissions (
  id           INTEGER PRIMARY KEY,
  attempt_id   INTEGER NOT NULL REFERENCES attempts (id),
  kind         TEXT    NOT NULL CHECK (kind IN ('program','patch','proof','answer')),
  rule         TEXT    NOT NULL,                  -- how it was extracted
  language     TEXT,                              -- NULL: not a program
  entry_point  TEXT,                              -- NULL: the language needs none
  extracted_ms INTEGER NOT NULL                   -- Unix ms, UTC
) STRICT;
CREATE INDEX submissions_by_attempt ON submissions (attempt_id);

CREATE TABLE submission_files (
  id             INTEGER PRIMARY KEY,
  submission_id  INTEGER NOT NULL REFERENCES submissions (id),
  ordinal        INTEGER NOT NULL,
  name           TEXT    NOT NULL,                -- empty for a patch, proof or answer
  content_sha256 TEXT    NOT NULL REFERENCES blobs (sha256),
  UNIQUE (submission_id, ordinal)
) STRICT;
CREATE INDEX submission_files_by_content ON submission_files (content_sha256);

CREATE TABLE judgements (
  id                 INTEGER PRIMARY KEY,
  attempt_id         INTEGER NOT NULL REFERENCES attempts (id),
  submission_id      INTEGER REFERENCES submissions (id),  -- NULL: there was nothing to judge
  verdict            TEXT    NOT NULL CHECK (verdict IN
                       ('AC','PC','WA','TLE','MLE','OLE','RE','CE','NA','JE','IE')),
  points             REAL    NOT NULL CHECK (points >= 0),
  compile_log_sha256 TEXT    NOT NULL REFERENCES blobs (sha256),
  language           TEXT    NOT NULL,
  time_limit_ms      INTEGER NOT NULL,
  memory_limit_bytes INTEGER NOT NULL,
  fingerprint        TEXT    NOT NULL,
  detail             TEXT    NOT NULL,            -- why, for JE and IE
  from_cache         INTEGER NOT NULL CHECK (from_cache IN (0, 1)),
  judged_ms          INTEGER NOT NULL             -- Unix ms, UTC
) STRICT;
CREATE INDEX judgements_by_attempt ON judgements (attempt_id);
CREATE INDEX judgements_by_submission ON judgements (submission_id);
CREATE INDEX judgements_by_compile_log ON judgements (compile_log_sha256);

CREATE TABLE test_results (
  id                INTEGER PRIMARY KEY,
  judgement_id      INTEGER NOT NULL REFERENCES judgements (id),
  ordinal           INTEGER NOT NULL,             -- in the order run
  testcase          TEXT    NOT NULL,
  verdict           TEXT    NOT NULL CHECK (verdict IN
                      ('AC','PC','WA','TLE','MLE','OLE','RE','CE','NA','JE','IE')),
  points            REAL,                         -- NULL: the problem does not score
  cpu_time_us       INTEGER NOT NULL,
  wall_time_us      INTEGER NOT NULL,
  memory_peak_bytes INTEGER,                      -- NULL: the box cannot measure it
  run_status        TEXT    NOT NULL,
  exit_code         INTEGER NOT NULL,
  signal            INTEGER NOT NULL,
  checker_message   TEXT    NOT NULL,
  standard_error    TEXT    NOT NULL,
  output_excerpt    TEXT    NOT NULL,
  UNIQUE (judgement_id, ordinal)
) STRICT;

CREATE TABLE subtask_results (
  id           INTEGER PRIMARY KEY,
  judgement_id INTEGER NOT NULL REFERENCES judgements (id),
  ordinal      INTEGER NOT NULL,                  -- depth first, root last
  subtask      TEXT    NOT NULL,
  verdict      TEXT    NOT NULL CHECK (verdict IN
                 ('AC','PC','WA','TLE','MLE','OLE','RE','CE','NA','JE','IE')),
  points       REAL    NOT NULL,
  points_max   REAL,                              -- NULL: the package does not say
  UNIQUE (judgement_id, ordinal)
) STRICT;

CREATE TABLE errors (
  id         INTEGER PRIMARY KEY,
  attempt_id INTEGER NOT NULL REFERENCES attempts (id),
  stage      TEXT    NOT NULL CHECK (stage IN ('generate','extract','judge')),
  try_number INTEGER NOT NULL,
  code       TEXT    NOT NULL,
  what       TEXT    NOT NULL,
  place      TEXT    NOT NULL,                    -- Error::where
  help       TEXT    NOT NULL,
  sys_errno  INTEGER NOT NULL,                    -- 0: none
  also_json  TEXT    NOT NULL,                    -- further faults found in the same pass
  at_ms      INTEGER NOT NULL                     -- Unix ms, UTC
) STRICT;
CREATE INDEX errors_by_attempt ON errors (attempt_id);

CREATE TRIGGER attempts_keep_identity
  BEFORE UPDATE OF id, run_id, problem_id, attempt_index, seed ON attempts
  BEGIN SELECT RAISE(ABORT, 'an attempt keeps its identity'); END;
)sql";

// Migration 2: what is worth deriving once, by content key.
constexpr const char* kMigration2 = R"sql(
CREATE TABLE verdict_cache (
  key            TEXT    PRIMARY KEY,             -- Judge::cache_key
  judgement_cbor BLOB    NOT NULL,
  kept_ms        INTEGER NOT NULL                 -- Unix ms, UTC
) STRICT;

CREATE TABLE request_cache (
  key             TEXT    PRIMARY KEY,            -- hash of the canonical request
  generation_cbor BLOB    NOT NULL,
  kept_ms         INTEGER NOT NULL                -- Unix ms, UTC
) STRICT;

CREATE TABLE facts (
  key     TEXT    PRIMARY KEY,
  value   TEXT    NOT NULL,
  kept_ms INTEGER NOT NULL                        -- Unix ms, UTC
) STRICT;
)sql";

// Migration 3: how sure a testcase's verdict is, and outputs as a submission. SQLite cannot change a
// CHECK, so submissions is built anew; see migrate() for what that asks of foreign keys.
constexpr const char* kMigration3 = R"sql(
ALTER TABLE test_results ADD COLUMN
  stability       TEXT    NOT NULL DEFAULT 'clear' CHECK (stability IN ('clear','near limit','re-run'));
ALTER TABLE test_results ADD COLUMN
  cpu_times_json  TEXT    NOT NULL DEFAULT '[]';  -- of every run, microseconds; empty: run once
ALTER TABLE test_results ADD COLUMN
  untimed_verdict TEXT    CHECK (untimed_verdict IN
                    ('AC','PC','WA','TLE','MLE','OLE','RE','CE','NA','JE','IE'));  -- NULL: not known
ALTER TABLE test_results ADD COLUMN
  passes          INTEGER NOT NULL DEFAULT 1 CHECK (passes >= 0);
ALTER TABLE test_results ADD COLUMN
  transcript      TEXT    NOT NULL DEFAULT '';    -- the beginning of an interaction

CREATE TABLE submissions_3 (
  id           INTEGER PRIMARY KEY,
  attempt_id   INTEGER NOT NULL REFERENCES attempts (id),
  kind         TEXT    NOT NULL CHECK (kind IN ('program','patch','proof','answer','outputs')),
  rule         TEXT    NOT NULL,                  -- how it was extracted
  language     TEXT,                              -- NULL: not a program
  entry_point  TEXT,                              -- NULL: the language needs none
  extracted_ms INTEGER NOT NULL                   -- Unix ms, UTC
) STRICT;
INSERT INTO submissions_3 SELECT id, attempt_id, kind, rule, language, entry_point, extracted_ms
  FROM submissions;
DROP TABLE submissions;
ALTER TABLE submissions_3 RENAME TO submissions;
CREATE INDEX submissions_by_attempt ON submissions (attempt_id);
)sql";

// Migration 4: proof grading. Rubrics in the snapshot, the cards of graders, and the marks of people
// with the blinded forms they came on.
constexpr const char* kMigration4 = R"sql(
ALTER TABLE problems ADD COLUMN proof_json TEXT;  -- NULL: no proof task

CREATE TABLE grader_cards (
  id         INTEGER PRIMARY KEY,
  grader     TEXT    NOT NULL,                    -- who and by which procedure
  set_name   TEXT    NOT NULL,                    -- of the marked proofs
  set_hash   TEXT    NOT NULL,
  card_json  TEXT    NOT NULL,
  created_ms INTEGER NOT NULL                     -- Unix ms, UTC
) STRICT;
CREATE INDEX grader_cards_by_grader ON grader_cards (grader);

CREATE TABLE grade_forms (
  id         INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL UNIQUE,             -- the form's own id, in the file it saves
  run_id     INTEGER NOT NULL REFERENCES runs (id),
  grader     TEXT    NOT NULL,                    -- the person
  created_ms INTEGER NOT NULL                     -- Unix ms, UTC
) STRICT;
CREATE INDEX grade_forms_by_run ON grade_forms (run_id);

CREATE TABLE grade_form_items (
  id         INTEGER PRIMARY KEY,
  form_id    INTEGER NOT NULL REFERENCES grade_forms (id),
  code       TEXT    NOT NULL,                    -- what the form calls the proof
  attempt_id INTEGER NOT NULL REFERENCES attempts (id),
  UNIQUE (form_id, code)
) STRICT;
CREATE INDEX grade_form_items_by_attempt ON grade_form_items (attempt_id);

CREATE TABLE human_marks (
  id         INTEGER PRIMARY KEY,
  item_id    INTEGER NOT NULL REFERENCES grade_form_items (id),
  points     REAL    NOT NULL CHECK (points >= 0),
  parts_json TEXT    NOT NULL,                    -- [[part, points], ...]; may be empty
  comment    TEXT    NOT NULL,
  marked_ms  INTEGER NOT NULL                     -- Unix ms, UTC
) STRICT;
CREATE INDEX human_marks_by_item ON human_marks (item_id);
)sql";

// Which box judged a run, and what the attack suite said about it.
constexpr const char* kMigration5 = R"sql(
CREATE TABLE sandboxes (
  id            INTEGER PRIMARY KEY,
  run_id        INTEGER NOT NULL REFERENCES runs (id),
  isolation     TEXT    NOT NULL,                 -- the rung
  selftest_json TEXT,                             -- NULL: not run on the machine that judged
  noted_ms      INTEGER NOT NULL                  -- Unix ms, UTC
) STRICT;
CREATE INDEX sandboxes_by_run ON sandboxes (run_id);
)sql";

// Completions known by their tokens, and what came of asking for them again.
constexpr const char* kMigration6 = R"sql(
ALTER TABLE generations ADD COLUMN token_sha256 TEXT;  -- NULL: the runner does not tell tokens

CREATE TABLE repro_checks (
  id         INTEGER PRIMARY KEY,
  run_id     INTEGER NOT NULL REFERENCES runs (id),
  check_json TEXT    NOT NULL,                    -- see repro_rows.h
  made_ms    INTEGER NOT NULL                     -- Unix ms, UTC
) STRICT;
CREATE INDEX repro_checks_by_run ON repro_checks (run_id);
)sql";

// What training on a run's own completions needs.
constexpr const char* kMigration7 = R"sql(
ALTER TABLE generations ADD COLUMN logprobs_sha256 TEXT REFERENCES blobs (sha256);  -- CBOR; NULL: none
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations = {
    kMigration1, kMigration2, kMigration3, kMigration4, kMigration5, kMigration6, kMigration7};

// Tables whose rows may only be added, guarded from migration 1 on.
constexpr std::array<const char*, 11> kAppendOnly = {"blobs",
                                                     "runs",
                                                     "problems",
                                                     "generations",
                                                     "generation_files",
                                                     "submissions",
                                                     "submission_files",
                                                     "judgements",
                                                     "test_results",
                                                     "subtask_results",
                                                     "errors"};

std::string append_only_triggers(std::string_view table) {
  std::string sql;
  for (const char* action : {"UPDATE", "DELETE"}) {
    sql += fmt::format(
        "CREATE TRIGGER {0}_no_{1} BEFORE {1} ON {0} BEGIN "
        "SELECT RAISE(ABORT, '{0} are only ever added'); END;\n",
        table, action);
  }
  return sql;
}

Result<void> run_migration(Database& database, int number) {
  EVAL_TRY(database.execute(kMigrations[static_cast<std::size_t>(number - 1)]));
  if (number == 1) {
    for (const char* table : kAppendOnly) EVAL_TRY(database.execute(append_only_triggers(table)));
  }
  // The triggers went with the table.
  if (number == 3) EVAL_TRY(database.execute(append_only_triggers("submissions")));
  if (number == 4) {
    for (const char* table : {"grader_cards", "grade_forms", "grade_form_items", "human_marks"}) {
      EVAL_TRY(database.execute(append_only_triggers(table)));
    }
  }
  if (number == 5) EVAL_TRY(database.execute(append_only_triggers("sandboxes")));
  if (number == 6) EVAL_TRY(database.execute(append_only_triggers("repro_checks")));
  // Both pragmas are part of the transaction.
  EVAL_TRY(database.execute(fmt::format("PRAGMA user_version = {}", number)));
  return database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
}

Result<void> run_migrations(Database& database, int version) {
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  // Again, now that no other process can be half-way through the same migration.
  const SchemaState state = EVAL_TRY(inspect_schema(database));
  if (state.version >= version) return transaction.commit();
  for (int number = static_cast<int>(state.version) + 1; number <= version; ++number) {
    EVAL_TRY_IN(run_migration(database, number), fmt::format("migration {}", number));
  }
  if (EVAL_TRY(database.query_integer("SELECT count(*) FROM pragma_foreign_key_check")) != 0) {
    return fail(ErrorCode::Internal, "a migration lost rows that others refer to", database.name());
  }
  return transaction.commit();
}

}  // namespace

Result<SchemaState> inspect_schema(Database& database) {
  SchemaState state;
  const std::int64_t tables =
      EVAL_TRY(database.query_integer("SELECT count(*) FROM sqlite_schema"));
  const std::int64_t application = EVAL_TRY(database.query_integer("PRAGMA application_id"));
  state.version = EVAL_TRY(database.query_integer("PRAGMA user_version"));
  state.is_empty = tables == 0;
  if (state.is_empty && application == 0 && state.version == 0) return state;
  if (application != kApplicationId) {
    return fail(ErrorCode::BadInput, "database belongs to another program", database.name(),
                "name a database that evalctl wrote, or a new file");
  }
  if (state.version > kSchemaVersion) {
    return fail(ErrorCode::BadInput,
                fmt::format("database has schema {}, but this evalctl knows schemas up to {}",
                            state.version, kSchemaVersion),
                database.name(), "use the newer evalctl that wrote it; nothing was changed");
  }
  if (state.version < 1 || state.is_empty) {
    return fail(ErrorCode::BadInput, "database is damaged: it has no schema", database.name(),
                "restore it from a backup");
  }
  return state;
}

Result<void> migrate(Database& database, int version) {
  // With foreign keys in force, dropping a table deletes what refers to it. The pragma does nothing
  // inside a transaction, so it encloses it.
  EVAL_TRY(database.execute("PRAGMA foreign_keys = OFF"));
  auto migrated = run_migrations(database, version);
  EVAL_TRY(database.execute("PRAGMA foreign_keys = ON"));
  return migrated;
}

}  // namespace eval::evaluator
