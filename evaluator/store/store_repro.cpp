#include <utility>

#include "evaluator/store/codec.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/store.h"

namespace eval::evaluator {

Result<std::vector<StoredCompletion>> Store::stored_completions(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT p.name, a.attempt_index, g.turn, a.seed, b.content, g.token_sha256, g.fingerprint "
      "FROM runs r JOIN attempts a ON a.run_id = r.id JOIN problems p ON p.id = a.problem_id "
      "JOIN generations g ON g.attempt_id = a.id JOIN blobs b ON b.sha256 = g.prompt_sha256 "
      "WHERE r.name = ? AND g.token_sha256 IS NOT NULL ORDER BY a.id, g.turn"));
  statement.bind(run_id);
  std::vector<StoredCompletion> completions;
  while (EVAL_TRY(statement.step())) {
    StoredCompletion one;
    one.problem_id = statement.text(0);
    one.attempt = static_cast<int>(statement.integer(1));
    one.turn = static_cast<int>(statement.integer(2));
    one.attempt_seed = static_cast<std::uint64_t>(statement.integer(3));
    one.prompt = EVAL_TRY(decode_prompt(statement.text(4)));
    one.token_hash = statement.text(5);
    one.fingerprint = statement.text(6);
    completions.push_back(std::move(one));
  }
  return completions;
}

Result<void> Store::add_repro_check(const std::string& run_id, const ReproCheck& check) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  Statement statement =
      EVAL_TRY(database.prepare("INSERT INTO repro_checks (run_id, check_json, made_ms) "
                                "SELECT id, ?, ? FROM runs WHERE name = ?"));
  EVAL_TRY(statement.bind(to_json_line(to_json(check))).bind(check.made_ms).bind(run_id).run());
  return transaction.commit();
}

Result<std::vector<ReproCheck>> Store::repro_checks(const std::string& run_id) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "SELECT c.check_json FROM repro_checks c JOIN runs r ON r.id = c.run_id WHERE r.name = ? "
      "ORDER BY c.id"));
  statement.bind(run_id);
  std::vector<ReproCheck> checks;
  while (EVAL_TRY(statement.step())) {
    const Json json = EVAL_TRY(parse_json(statement.text(0), "check_json"));
    checks.push_back(EVAL_TRY(repro_check_from_json(json)));
  }
  return checks;
}

}  // namespace eval::evaluator
