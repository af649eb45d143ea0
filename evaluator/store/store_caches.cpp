#include "evaluator/store/codec.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/store.h"

// What is worth deriving once: verdicts, replies and facts by content key.
namespace eval::evaluator {
namespace {

Result<std::optional<std::string>> find(Database& database, std::string_view sql,
                                        const std::string& key) {
  Statement statement = EVAL_TRY(database.prepare(sql));
  statement.bind(key);
  if (!EVAL_TRY(statement.step())) return std::optional<std::string>();
  return std::optional<std::string>(statement.text(0));
}

}  // namespace

Result<std::optional<judges::Judgement>> Store::cached_judgement(const std::string& key) {
  const std::lock_guard guard(impl_->mutex);
  const auto bytes = EVAL_TRY(
      find(impl_->database, "SELECT judgement_cbor FROM verdict_cache WHERE key = ?", key));
  if (!bytes) return std::optional<judges::Judgement>();
  judges::Judgement judgement = EVAL_TRY_IN(decode_judgement(*bytes), impl_->database.name());
  judgement.from_cache = true;
  return std::optional<judges::Judgement>(std::move(judgement));
}

Result<void> Store::cache_judgement(const std::string& key, const judges::Judgement& judgement) {
  if (judgement.verdict == judges::Verdict::JE || judgement.verdict == judges::Verdict::IE) {
    return {};
  }
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "INSERT OR REPLACE INTO verdict_cache (key, judgement_cbor, kept_ms) VALUES (?, ?, ?)"));
  return statement.bind(key)
      .bind_blob(encode_judgement(judgement))
      .bind(impl_->clock->unix_ms())
      .run();
}

Result<std::optional<runners::Generation>> Store::cached_generation(const std::string& key) {
  const std::lock_guard guard(impl_->mutex);
  const auto bytes = EVAL_TRY(
      find(impl_->database, "SELECT generation_cbor FROM request_cache WHERE key = ?", key));
  if (!bytes) return std::optional<runners::Generation>();
  runners::Generation generation = EVAL_TRY_IN(decode_generation(*bytes), impl_->database.name());
  generation.from_cache = true;
  return std::optional<runners::Generation>(std::move(generation));
}

Result<void> Store::cache_generation(const std::string& key,
                                     const runners::Generation& generation) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "INSERT OR REPLACE INTO request_cache (key, generation_cbor, kept_ms) VALUES (?, ?, ?)"));
  return statement.bind(key)
      .bind_blob(encode_generation(generation))
      .bind(impl_->clock->unix_ms())
      .run();
}

Result<std::optional<std::string>> Store::fact(const std::string& key) {
  const std::lock_guard guard(impl_->mutex);
  return find(impl_->database, "SELECT value FROM facts WHERE key = ?", key);
}

Result<void> Store::set_fact(const std::string& key, const std::string& value) {
  const std::lock_guard guard(impl_->mutex);
  Statement statement = EVAL_TRY(impl_->database.prepare(
      "INSERT OR REPLACE INTO facts (key, value, kept_ms) VALUES (?, ?, ?)"));
  return statement.bind(key).bind(value).bind(impl_->clock->unix_ms()).run();
}

}  // namespace eval::evaluator
