#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "evaluator/store/codec.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/store.h"

// Runs: beginning or resuming one, and finding it again.
namespace eval::evaluator {
namespace {

constexpr std::string_view kRunColumns = R"sql(
  SELECT r.manifest_json, count(a.id),
         total(a.state IN ('generated','judged') OR
               (a.state = 'failed' AND
                EXISTS (SELECT 1 FROM generations g WHERE g.attempt_id = a.id))),
         total(a.state = 'judged'), total(a.state = 'failed')
  FROM runs r LEFT JOIN attempts a ON a.run_id = r.id
)sql";

Result<RunManifest> read_manifest(const std::string& text) {
  const Json json = EVAL_TRY(parse_json(text, "manifest"));
  return manifest_from_json(json);
}

Result<RunSummary> read_summary(const Statement& statement) {
  RunSummary summary;
  summary.manifest = EVAL_TRY(read_manifest(statement.text(0)));
  summary.attempts_planned = static_cast<int>(statement.integer(1));
  summary.attempts_generated = static_cast<int>(statement.integer(2));
  summary.attempts_judged = static_cast<int>(statement.integer(3));
  summary.attempts_failed = static_cast<int>(statement.integer(4));
  return summary;
}

Result<std::vector<std::string>> run_names(Database& database) {
  std::vector<std::string> names;
  Statement statement = EVAL_TRY(database.prepare("SELECT name FROM runs ORDER BY id"));
  while (EVAL_TRY(statement.step())) names.push_back(statement.text(0));
  return names;
}

Result<Error> unknown_run(Database& database, std::string_view run_id) {
  const auto names = EVAL_TRY(run_names(database));
  Error error{ErrorCode::NotFound,
              fmt::format("run \"{}\" does not exist", run_id),
              database.name(),
              "",
              0,
              {}};
  if (names.empty()) return std::move(error).with_help("the database holds no run yet");
  const auto closest = closest_match(run_id, names);
  if (closest) return std::move(error).with_help(fmt::format("did you mean \"{}\"?", *closest));
  return std::move(error).with_help("the latest run is \"" + names.back() + "\"");
}

// "seed is 2, was 1; model is ..." for the fields that must agree.
std::string differences(const RunManifest& asked, const RunManifest& stored) {
  const Json now = identity_json(asked);
  const Json then = identity_json(stored);
  std::set<std::string> fields;  // some are there only where they are set
  for (const Json* one : {&now, &then}) {
    for (const auto& [field, value] : one->items()) fields.insert(field);
  }
  const auto text_of = [](const Json& json, const std::string& field) {
    const Json* value = find_member(json, field);
    return value == nullptr ? std::string("absent") : to_json_line(*value);
  };
  std::vector<std::string> parts;
  for (const std::string& field : fields) {
    const std::string old_text = text_of(then, field);
    const std::string new_text = text_of(now, field);
    if (old_text == new_text) continue;
    parts.push_back(
        fmt::format("{} is {}, was {}", field, shorten(new_text, 80), shorten(old_text, 80)));
  }
  return join(parts, "; ");
}

// What must be so for the stored run to go on: the same manifest and unchanged packages.
Result<void> check_same_run(Database& database, std::int64_t run,
                            const std::string& stored_manifest, const RunManifest& manifest,
                            const std::vector<ProblemSnapshot>& problems) {
  const RunManifest stored = EVAL_TRY(read_manifest(stored_manifest));
  if (manifest_key(stored) != manifest_key(manifest)) {
    return fail(ErrorCode::Usage,
                fmt::format("run \"{}\" was begun with another configuration: {}", manifest.run_id,
                            differences(manifest, stored)),
                database.name(), "repeat the first configuration, or choose another --run-id");
  }
  std::map<std::string, std::string> hashes;
  Statement statement =
      EVAL_TRY(database.prepare("SELECT name, content_hash FROM problems WHERE run_id = ?"));
  statement.bind(run);
  while (EVAL_TRY(statement.step())) hashes[statement.text(0)] = statement.text(1);
  std::vector<std::string> changed;
  for (const ProblemSnapshot& problem : problems) {
    const auto found = hashes.find(problem.id);
    if (found != hashes.end() && found->second != problem.content_hash) {
      changed.push_back("\"" + problem.id + "\"");
    }
  }
  if (changed.empty()) return {};
  return fail(
      ErrorCode::Usage,
      fmt::format("{} changed since run \"{}\" began", join(changed, ", "), manifest.run_id),
      database.name(), "restore the package, or choose another --run-id");
}

Result<std::int64_t> insert_run(Database& database, const RunManifest& manifest) {
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO runs (name, suite, model, manifest_key, manifest_json, created_ms) "
      "VALUES (?, ?, ?, ?, ?, ?)"));
  statement.bind(manifest.run_id).bind(manifest.suite).bind(manifest.model);
  statement.bind(manifest_key(manifest)).bind(to_json_line(to_json(manifest)));
  EVAL_TRY(statement.bind(manifest.created_ms).run());
  return database.last_insert_id();
}

Result<std::map<std::string, std::int64_t>> insert_problems(
    Database& database, std::int64_t run, const std::vector<ProblemSnapshot>& problems) {
  std::map<std::string, std::int64_t> rows;
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO problems (run_id, ordinal, name, title, kind, content_hash, statement_sha256, "
      "statement_format, points_max, is_scoring, testcase_count, time_limit_ms, "
      "memory_limit_bytes, source, proof_json) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
      "?)"));
  int ordinal = 0;
  for (const ProblemSnapshot& problem : problems) {
    const std::string statement_hash = EVAL_TRY(put_blob(database, problem.statement));
    statement.bind(run).bind(ordinal).bind(problem.id).bind(problem.title).bind(problem.kind);
    statement.bind(problem.content_hash).bind(statement_hash).bind(problem.statement_format);
    statement.bind(problem.points_max).bind(problem.is_scoring ? 1 : 0);
    statement.bind(problem.testcase_count).bind(problem.time_limit_ms);
    statement.bind(problem.memory_limit_bytes).bind(problem.source);
    std::optional<std::string> proof;
    if (problem.proof) proof = encode_proof_task(*problem.proof);
    statement.bind(proof);
    EVAL_TRY_IN(statement.run(), "problem " + problem.id);
    rows[problem.id] = database.last_insert_id();
    ordinal += 1;
  }
  return rows;
}

Result<void> insert_attempts(Database& database, std::int64_t run,
                             const std::map<std::string, std::int64_t>& problem_rows,
                             const std::vector<Store::PlannedAttempt>& attempts) {
  Statement statement = EVAL_TRY(
      database.prepare("INSERT INTO attempts (run_id, problem_id, attempt_index, seed, state) "
                       "VALUES (?, ?, ?, ?, 'planned')"));
  for (const Store::PlannedAttempt& attempt : attempts) {
    const auto problem = problem_rows.find(attempt.problem_id);
    if (problem == problem_rows.end()) {
      return fail(ErrorCode::Internal, "an attempt is planned for \"" + attempt.problem_id +
                                           "\", which is not in the run");
    }
    statement.bind(run).bind(problem->second).bind(attempt.index);
    statement.bind(static_cast<std::int64_t>(attempt.seed));
    EVAL_TRY_IN(statement.run(), "problem " + attempt.problem_id);
  }
  return {};
}

}  // namespace

Result<std::int64_t> run_row(Database& database, const std::string& run_id) {
  Statement statement = EVAL_TRY(database.prepare("SELECT id FROM runs WHERE name = ?"));
  statement.bind(run_id);
  if (EVAL_TRY(statement.step())) return statement.integer(0);
  return fail(EVAL_TRY(unknown_run(database, run_id)));
}

Result<void> Store::begin_run(const RunManifest& manifest,
                              const std::vector<ProblemSnapshot>& problems,
                              const std::vector<PlannedAttempt>& attempts) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  {
    Statement existing =
        EVAL_TRY(database.prepare("SELECT id, manifest_json FROM runs WHERE name = ?"));
    existing.bind(manifest.run_id);
    if (EVAL_TRY(existing.step())) {
      return check_same_run(database, existing.integer(0), existing.text(1), manifest, problems);
    }
  }
  const std::int64_t run = EVAL_TRY(insert_run(database, manifest));
  const auto problem_rows = EVAL_TRY(insert_problems(database, run, problems));
  EVAL_TRY(insert_attempts(database, run, problem_rows, attempts));
  return transaction.commit();
}

Result<void> Store::note_sandbox(const std::string& run_id, const SandboxNote& note) {
  const auto noted = EVAL_TRY(sandboxes(run_id));
  if (!noted.empty() && noted.back() == note) return {};
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  Statement statement = EVAL_TRY(
      database.prepare("INSERT INTO sandboxes (run_id, isolation, selftest_json, noted_ms) "
                       "VALUES (?, ?, ?, ?)"));
  std::optional<std::string> selftest;
  if (note.selftest) selftest = to_json_line(to_json(*note.selftest));
  statement.bind(EVAL_TRY(run_row(database, run_id))).bind(note.isolation).bind(selftest);
  EVAL_TRY(statement.bind(impl_->clock->unix_ms()).run());
  return transaction.commit();
}

Result<std::vector<SandboxNote>> Store::sandboxes(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT isolation, selftest_json FROM sandboxes WHERE run_id = ? ORDER BY id"));
  statement.bind(EVAL_TRY(run_row(impl_->database, run_id)));
  std::vector<SandboxNote> notes;
  while (EVAL_TRY(statement.step())) {
    SandboxNote note{statement.text(0), {}};
    if (!statement.is_null(1)) {
      const Json json = EVAL_TRY(parse_json(statement.text(1), "selftest_json"));
      note.selftest = EVAL_TRY(selftest_record_from_json(json));
    }
    notes.push_back(std::move(note));
  }
  return notes;
}

Result<std::vector<RunSummary>> Store::runs() {
  const std::lock_guard guard(impl_->mutex);
  Statement statement =
      EVAL_TRY(impl_->database.prepare(std::string(kRunColumns) + " GROUP BY r.id ORDER BY r.id"));
  std::vector<RunSummary> summaries;
  while (EVAL_TRY(statement.step())) summaries.push_back(EVAL_TRY(read_summary(statement)));
  return summaries;
}

Result<RunSummary> Store::find_run(std::string_view run_id) {
  const std::lock_guard guard(impl_->mutex);
  const std::string_view which =
      run_id.empty() ? " WHERE r.id = (SELECT max(id) FROM runs)" : " WHERE r.name = ?";
  Statement statement = EVAL_TRY(
      impl_->database.prepare(std::string(kRunColumns) + std::string(which) + " GROUP BY r.id"));
  if (!run_id.empty()) statement.bind(run_id);
  if (EVAL_TRY(statement.step())) return read_summary(statement);
  if (!run_id.empty()) return fail(EVAL_TRY(unknown_run(impl_->database, run_id)));
  return fail(ErrorCode::NotFound, "database holds no run yet", impl_->database.name(),
              "`evalctl run` records one");
}

Result<std::vector<ProblemSnapshot>> Store::problems(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  const std::int64_t run = EVAL_TRY(run_row(impl_->database, run_id));
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT p.name, p.title, p.kind, p.content_hash, b.content, p.statement_format, "
      "p.points_max, p.is_scoring, p.testcase_count, p.time_limit_ms, p.memory_limit_bytes, "
      "p.source, p.proof_json FROM problems p JOIN blobs b ON b.sha256 = p.statement_sha256 "
      "WHERE p.run_id = ? ORDER BY p.ordinal"));
  statement.bind(run);
  std::vector<ProblemSnapshot> problems;
  while (EVAL_TRY(statement.step())) {
    ProblemSnapshot problem;
    problem.id = statement.text(0);
    problem.title = statement.text(1);
    problem.kind = statement.text(2);
    problem.content_hash = statement.text(3);
    problem.statement = statement.text(4);
    problem.statement_format = statement.text(5);
    problem.points_max = statement.number(6);
    problem.is_scoring = statement.integer(7) != 0;
    problem.testcase_count = static_cast<int>(statement.integer(8));
    problem.time_limit_ms = statement.integer(9);
    problem.memory_limit_bytes = statement.integer(10);
    problem.source = statement.text(11);
    if (!statement.is_null(12)) problem.proof = EVAL_TRY(decode_proof_task(statement.text(12)));
    problems.push_back(std::move(problem));
  }
  return problems;
}

Result<CostHistory> Store::cost_history(const std::string& suite, const std::string& model) {
  const std::lock_guard guard(impl_->mutex);
  CostHistory history;
  // Replies from the cache count too: the same request would cost as much without it.
  Statement tokens = EVAL_TRY(impl_->database.prepare(
      "SELECT avg(spent), count(*) FROM (SELECT sum(g.completion_tokens) AS spent "
      "FROM generations g JOIN attempts a ON a.id = g.attempt_id JOIN runs r ON r.id = a.run_id "
      "WHERE r.suite = ? AND r.model = ? GROUP BY a.id) WHERE spent IS NOT NULL"));
  tokens.bind(suite).bind(model);
  if (EVAL_TRY(tokens.step())) {
    history.completion_tokens_per_attempt = tokens.optional_number(0);
    history.attempts = static_cast<int>(tokens.integer(1));
  }
  // What judging took is the wall time of the tests that were really run; compiling is not counted.
  Statement judging = EVAL_TRY(impl_->database.prepare(
      "SELECT avg(spent), count(*) FROM (SELECT sum(t.wall_time_us) / 1000.0 AS spent "
      "FROM test_results t JOIN judgements j ON j.id = t.judgement_id "
      "JOIN attempts a ON a.id = j.attempt_id JOIN runs r ON r.id = a.run_id "
      "WHERE r.suite = ? AND r.model = ? AND j.from_cache = 0 GROUP BY j.id)"));
  judging.bind(suite).bind(model);
  if (EVAL_TRY(judging.step())) {
    history.judge_ms_per_attempt = judging.optional_number(0);
    history.attempts = std::max(history.attempts, static_cast<int>(judging.integer(1)));
  }
  return history;
}

}  // namespace eval::evaluator
