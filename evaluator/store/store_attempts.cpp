#include <fmt/format.h>

#include "base/text.h"
#include "evaluator/store/codec.h"
#include "evaluator/store/impl.h"
#include "evaluator/store/store.h"

// What happens in attempts: appended row by row, one transaction a call.
namespace eval::evaluator {
namespace {

std::int64_t signed_count(Bytes size) {
  return static_cast<std::int64_t>(size.count);
}

// `sql` moves the state of one attempt, its only parameter.
Result<void> move_state(Database& database, std::string_view sql, std::int64_t attempt_id) {
  Statement statement = EVAL_TRY(database.prepare(sql));
  return statement.bind(attempt_id).run();
}

Result<void> check_attempt(Database& database, std::int64_t attempt_id) {
  Statement statement = EVAL_TRY(database.prepare("SELECT 1 FROM attempts WHERE id = ?"));
  statement.bind(attempt_id);
  if (EVAL_TRY(statement.step())) return {};
  return fail(ErrorCode::Internal, fmt::format("attempt {} is not in the store", attempt_id),
              database.name());
}

Result<void> check_turn_is_free(Database& database, std::int64_t attempt_id, int turn) {
  Statement statement =
      EVAL_TRY(database.prepare("SELECT 1 FROM generations WHERE attempt_id = ? AND turn = ?"));
  statement.bind(attempt_id).bind(turn);
  if (!EVAL_TRY(statement.step())) return {};
  return fail(ErrorCode::Internal,
              fmt::format("attempt {} has a generation for turn {} already", attempt_id, turn),
              database.name());
}

Result<std::int64_t> insert_generation(Database& database, std::int64_t attempt_id, int turn,
                                       const runners::Prompt& prompt,
                                       const runners::Generation& generation, std::int64_t now) {
  const std::string prompt_hash = EVAL_TRY(put_blob(database, encode_prompt(prompt)));
  const std::string text_hash = EVAL_TRY(put_blob(database, generation.text));
  std::optional<std::string> reasoning_hash;
  if (generation.reasoning) reasoning_hash = EVAL_TRY(put_blob(database, *generation.reasoning));
  std::optional<std::string> logprobs_hash;
  if (generation.logprobs)
    logprobs_hash = EVAL_TRY(put_blob(database, encode_logprobs(*generation.logprobs)));
  std::optional<std::int64_t> first_token_ms;
  if (generation.first_token_time) first_token_ms = generation.first_token_time->count();

  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO generations (attempt_id, turn, prompt_sha256, text_sha256, reasoning_sha256, "
      "finish_reason, prompt_tokens, completion_tokens, queue_time_ms, first_token_ms, "
      "total_time_ms, tries, from_cache, model, fingerprint, language, token_sha256, "
      "logprobs_sha256, generated_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  statement.bind(attempt_id).bind(turn).bind(prompt_hash).bind(text_hash).bind(reasoning_hash);
  statement.bind(runners::finish_reason_name(generation.finish_reason));
  statement.bind(generation.prompt_tokens).bind(generation.completion_tokens);
  statement.bind(std::int64_t{generation.queue_time.count()}).bind(first_token_ms);
  statement.bind(std::int64_t{generation.total_time.count()}).bind(generation.tries);
  statement.bind(generation.from_cache ? 1 : 0).bind(generation.model);
  statement.bind(generation.fingerprint).bind(generation.language);
  EVAL_TRY(statement.bind(generation.token_hash).bind(logprobs_hash).bind(now).run());
  return database.last_insert_id();
}

Result<void> insert_generation_files(Database& database, std::int64_t generation_id,
                                     const std::vector<runners::RecordedFile>& files) {
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO generation_files (generation_id, ordinal, name, content_sha256) "
      "VALUES (?, ?, ?, ?)"));
  int ordinal = 0;
  for (const runners::RecordedFile& file : files) {
    const std::string hash = EVAL_TRY(put_blob(database, file.content));
    EVAL_TRY(statement.bind(generation_id).bind(ordinal).bind(file.name).bind(hash).run());
    ordinal += 1;
  }
  return {};
}

// A submission of any kind as columns and files.
struct SubmissionRow {
  std::string kind;
  std::optional<std::string> language;
  std::optional<std::string> entry_point;
  std::vector<judges::SourceFile> files;
};

struct RowOfSubmission {
  SubmissionRow operator()(const judges::SourceProgram& program) const {
    return {"program", program.language, program.entry_point, program.files};
  }
  SubmissionRow operator()(const judges::Patch& patch) const {
    return {"patch", std::nullopt, std::nullopt, {{"", patch.diff}}};
  }
  SubmissionRow operator()(const judges::Proof& proof) const {
    return {"proof", std::nullopt, std::nullopt, {{"", proof.text}}};
  }
  SubmissionRow operator()(const judges::Answer& answer) const {
    return {"answer", std::nullopt, std::nullopt, {{"", answer.text}}};
  }
  SubmissionRow operator()(const judges::OutputFiles& outputs) const {
    return {"outputs", std::nullopt, std::nullopt, outputs.files};
  }
};

Result<std::int64_t> insert_submission(Database& database, std::int64_t attempt_id,
                                       const ExtractedSubmission& extracted, std::int64_t now) {
  const SubmissionRow row = std::visit(RowOfSubmission{}, extracted.submission);
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO submissions (attempt_id, kind, rule, language, entry_point, extracted_ms) "
      "VALUES (?, ?, ?, ?, ?, ?)"));
  statement.bind(attempt_id).bind(row.kind).bind(extracted.rule).bind(row.language);
  EVAL_TRY(statement.bind(row.entry_point).bind(now).run());
  const std::int64_t submission_id = database.last_insert_id();
  Statement file_statement = EVAL_TRY(database.prepare(
      "INSERT INTO submission_files (submission_id, ordinal, name, content_sha256) "
      "VALUES (?, ?, ?, ?)"));
  int ordinal = 0;
  for (const judges::SourceFile& file : row.files) {
    const std::string hash = EVAL_TRY(put_blob(database, file.content));
    EVAL_TRY(file_statement.bind(submission_id).bind(ordinal).bind(file.name).bind(hash).run());
    ordinal += 1;
  }
  return submission_id;
}

Result<std::int64_t> insert_judgement(Database& database, std::int64_t attempt_id,
                                      std::optional<std::int64_t> submission_id,
                                      const judges::Judgement& judgement, std::int64_t now) {
  const std::string log_hash = EVAL_TRY(put_blob(database, judgement.compile_log));
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO judgements (attempt_id, submission_id, verdict, points, compile_log_sha256, "
      "language, time_limit_ms, memory_limit_bytes, fingerprint, detail, from_cache, judged_ms) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  statement.bind(attempt_id).bind(submission_id);
  statement.bind(judges::verdict_name(judgement.verdict)).bind(judgement.points).bind(log_hash);
  statement.bind(judgement.language).bind(std::int64_t{judgement.time_limit.count()});
  statement.bind(signed_count(judgement.memory_limit)).bind(judgement.fingerprint);
  statement.bind(judgement.detail).bind(judgement.from_cache ? 1 : 0);
  EVAL_TRY(statement.bind(now).run());
  return database.last_insert_id();
}

Result<void> insert_tests(Database& database, std::int64_t judgement_id,
                          const std::vector<judges::TestResult>& tests) {
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO test_results (judgement_id, ordinal, testcase, verdict, points, cpu_time_us, "
      "wall_time_us, memory_peak_bytes, run_status, exit_code, signal, checker_message, "
      "standard_error, output_excerpt, stability, cpu_times_json, untimed_verdict, passes, "
      "transcript) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  int ordinal = 0;
  for (const judges::TestResult& test : tests) {
    std::optional<std::int64_t> memory;
    if (test.memory_peak) memory = signed_count(*test.memory_peak);
    statement.bind(judgement_id).bind(ordinal).bind(test.testcase);
    statement.bind(judges::verdict_name(test.verdict)).bind(test.points);
    statement.bind(std::int64_t{test.cpu_time.count()});
    statement.bind(std::int64_t{test.wall_time.count()}).bind(memory).bind(test.run_status);
    statement.bind(test.exit_code).bind(test.signal).bind(test.checker_message);
    statement.bind(test.standard_error).bind(test.output_excerpt);
    statement.bind(judges::stability_name(test.stability)).bind(encode_times(test.cpu_times));
    std::optional<std::string> untimed;
    if (test.untimed_verdict) untimed = judges::verdict_name(*test.untimed_verdict);
    EVAL_TRY(statement.bind(untimed).bind(test.passes).bind(test.transcript).run());
    ordinal += 1;
  }
  return {};
}

Result<void> insert_subtasks(Database& database, std::int64_t judgement_id,
                             const std::vector<judges::SubtaskResult>& subtasks) {
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO subtask_results (judgement_id, ordinal, subtask, verdict, points, points_max) "
      "VALUES (?, ?, ?, ?, ?, ?)"));
  int ordinal = 0;
  for (const judges::SubtaskResult& subtask : subtasks) {
    statement.bind(judgement_id).bind(ordinal).bind(subtask.subtask);
    statement.bind(judges::verdict_name(subtask.verdict)).bind(subtask.points);
    EVAL_TRY(statement.bind(subtask.points_max).run());
    ordinal += 1;
  }
  return {};
}

}  // namespace

Result<void> Store::add_generation(std::int64_t attempt_id, int turn, const runners::Prompt& prompt,
                                   const runners::Generation& generation) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  EVAL_TRY(check_attempt(database, attempt_id));
  EVAL_TRY(check_turn_is_free(database, attempt_id, turn));
  const std::int64_t generation_id = EVAL_TRY(
      insert_generation(database, attempt_id, turn, prompt, generation, impl_->clock->unix_ms()));
  EVAL_TRY(insert_generation_files(database, generation_id, generation.files));
  EVAL_TRY(
      move_state(database, "UPDATE attempts SET state = 'generated' WHERE id = ?", attempt_id));
  return transaction.commit();
}

Result<void> Store::add_judgement(std::int64_t attempt_id,
                                  const std::optional<ExtractedSubmission>& submission,
                                  const judges::Judgement& judgement) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  const std::int64_t now = impl_->clock->unix_ms();
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  EVAL_TRY(check_attempt(database, attempt_id));
  std::optional<std::int64_t> submission_id;
  if (submission) {
    submission_id = EVAL_TRY(insert_submission(database, attempt_id, *submission, now));
  }
  const std::int64_t judgement_id =
      EVAL_TRY(insert_judgement(database, attempt_id, submission_id, judgement, now));
  EVAL_TRY(insert_tests(database, judgement_id, judgement.tests));
  EVAL_TRY(insert_subtasks(database, judgement_id, judgement.subtasks));
  EVAL_TRY(move_state(database, "UPDATE attempts SET state = 'judged' WHERE id = ?", attempt_id));
  return transaction.commit();
}

Result<void> Store::add_error(std::int64_t attempt_id, const AttemptError& error) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  Transaction transaction = EVAL_TRY(Transaction::begin(database));
  EVAL_TRY(check_attempt(database, attempt_id));
  Statement statement = EVAL_TRY(database.prepare(
      "INSERT INTO errors (attempt_id, stage, try_number, code, what, place, help, sys_errno, "
      "also_json, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  statement.bind(attempt_id).bind(stage_name(error.stage)).bind(error.try_number);
  statement.bind(error_code_name(error.error.code)).bind(error.error.what);
  statement.bind(error.error.where).bind(error.error.help).bind(error.error.sys_errno);
  EVAL_TRY(statement.bind(encode_errors(error.error.also)).bind(error.at_ms).run());
  // A judgement that exists still stands: judging it again failed, not the attempt.
  EVAL_TRY(move_state(database,
                      "UPDATE attempts SET state = 'failed' WHERE id = ? AND state <> 'judged'",
                      attempt_id));
  return transaction.commit();
}

Result<std::vector<Attempt>> Store::attempts(const std::string& run_id, bool with_texts) {
  const std::lock_guard guard(impl_->mutex);
  const std::int64_t run = EVAL_TRY(run_row(impl_->database, run_id));
  return read_attempts(impl_->database, {AttemptSelection::By::Run, run}, with_texts);
}

Result<Attempt> Store::attempt(const std::string& run_id, const std::string& problem_id,
                               int index) {
  const std::lock_guard guard(impl_->mutex);
  Database& database = impl_->database;
  const std::int64_t run = EVAL_TRY(run_row(database, run_id));
  std::vector<std::string> problem_names;
  int attempts_of_problem = 0;
  Statement statement = EVAL_TRY(database.prepare(
      "SELECT p.name, a.id, a.attempt_index FROM problems p LEFT JOIN attempts a "
      "ON a.problem_id = p.id AND p.name = ? WHERE p.run_id = ? ORDER BY p.ordinal"));
  statement.bind(problem_id).bind(run);
  while (EVAL_TRY(statement.step())) {
    problem_names.push_back(statement.text(0));
    if (statement.is_null(1)) continue;
    attempts_of_problem += 1;
    if (statement.integer(2) != index) continue;
    const std::int64_t row = statement.integer(1);
    auto found = EVAL_TRY(read_attempts(database, {AttemptSelection::By::Attempt, row}, true));
    return std::move(found.front());
  }
  if (attempts_of_problem > 0) {
    return fail(ErrorCode::NotFound,
                fmt::format("problem \"{}\" has no attempt {}", problem_id, index), "run " + run_id,
                fmt::format("it has {}, counted from 0", attempts_of_problem));
  }
  const auto closest = closest_match(problem_id, problem_names);
  return fail(ErrorCode::NotFound, fmt::format("problem \"{}\" is not in the run", problem_id),
              "run " + run_id, closest ? fmt::format("did you mean \"{}\"?", *closest) : "");
}

}  // namespace eval::evaluator
