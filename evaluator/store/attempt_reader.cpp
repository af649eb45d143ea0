#include <fmt/format.h>

#include <algorithm>

#include <unordered_map>

#include "evaluator/store/codec.h"
#include "evaluator/store/impl.h"
#include "judges/proof/proof_judge.h"

// Reads attempts with all that happened in them, table by table: one statement for each table, each
// in the order of its indexes, whatever the number of attempts.
namespace eval::evaluator {
namespace {

class AttemptReader {
 public:
  AttemptReader(Database& database, AttemptSelection selection, bool with_texts)
      : database_(database), selection_(selection), with_texts_(with_texts) {}

  Result<std::vector<Attempt>> read() {
    EVAL_TRY(read_attempts());
    if (with_texts_) EVAL_TRY(read_prompts());
    EVAL_TRY(read_generations());
    if (with_texts_) EVAL_TRY(read_generation_files());
    EVAL_TRY(read_submissions());
    EVAL_TRY(read_judgements());
    EVAL_TRY(read_subtasks());
    EVAL_TRY(read_tests());
    EVAL_TRY(read_errors());
    // What people said of a proof outranks what models say, before or after.
    for (Attempt& attempt : attempts_) {
      std::ranges::stable_partition(attempt.judgements, [](const judges::Judgement& judgement) {
        return !judges::proof::is_by_people(judgement);
      });
    }
    return std::move(attempts_);
  }

 private:
  using Row = std::int64_t;

  // SELECT <columns> FROM attempts a <joins> for the selected attempts, in the order asked for.
  Result<Statement> select(std::string_view columns, std::string_view joins,
                           std::string_view order) {
    const char* condition =
        selection_.by == AttemptSelection::By::Run ? "a.run_id = ?" : "a.id = ?";
    // CROSS JOIN keeps SQLite from starting with another table: then rows come in the order of
    // the indexes and nothing is sorted.
    Statement statement = EVAL_TRY(database_.prepare(fmt::format(
        "SELECT {} FROM attempts a {} WHERE {} ORDER BY {}", columns, joins, condition, order)));
    statement.bind(selection_.value);
    return statement;
  }

  // A column of texts, or an empty one where texts are not wanted.
  std::string text_column(std::string_view column) const {
    return with_texts_ ? std::string(column) : "''";
  }

  Result<void> read_attempts() {
    Statement statement = EVAL_TRY(select("a.id, p.name, a.attempt_index, a.seed, a.state",
                                          "CROSS JOIN problems p ON p.id = a.problem_id", "a.id"));
    while (EVAL_TRY(statement.step())) {
      Attempt attempt;
      attempt.id = statement.integer(0);
      attempt.problem_id = statement.text(1);
      attempt.index = static_cast<int>(statement.integer(2));
      attempt.seed = static_cast<std::uint64_t>(statement.integer(3));
      attempt.state = EVAL_TRY(state_of(statement.text(4)));
      attempt_by_row_[attempt.id] = attempts_.size();
      attempts_.push_back(std::move(attempt));
    }
    return {};
  }

  // The prompt of the last turn: the one whose reply counts.
  Result<void> read_prompts() {
    Statement statement =
        EVAL_TRY(select("a.id, b.content",
                        "CROSS JOIN generations g ON g.attempt_id = a.id AND g.turn = "
                        "(SELECT max(turn) FROM generations WHERE attempt_id = a.id) "
                        "CROSS JOIN blobs b ON b.sha256 = g.prompt_sha256",
                        "a.id"));
    while (EVAL_TRY(statement.step())) {
      attempt_at(statement.integer(0)).prompt = EVAL_TRY(decode_prompt(statement.text(1)));
    }
    return {};
  }

  Result<void> read_generations() {
    const std::string columns =
        "a.id, g.id, g.finish_reason, g.prompt_tokens, g.completion_tokens, g.queue_time_ms, "
        "g.first_token_ms, g.total_time_ms, g.tries, g.from_cache, g.model, g.fingerprint, "
        "g.language, " +
        text_column("t.content") + ", " + (with_texts_ ? "r.content" : "NULL") +
        ", g.token_sha256, " + (with_texts_ ? "l.content" : "NULL");
    const std::string joins = std::string("CROSS JOIN generations g ON g.attempt_id = a.id ") +
                              (with_texts_ ? "LEFT JOIN blobs t ON t.sha256 = g.text_sha256 "
                                             "LEFT JOIN blobs r ON r.sha256 = g.reasoning_sha256 "
                                             "LEFT JOIN blobs l ON l.sha256 = g.logprobs_sha256"
                                           : "");
    Statement statement = EVAL_TRY(select(columns, joins, "a.id, g.turn"));
    while (EVAL_TRY(statement.step())) {
      Attempt& attempt = attempt_at(statement.integer(0));
      attempt.generations.push_back(EVAL_TRY(generation_of(statement)));
      generation_by_row_[statement.integer(1)] = {attempt_by_row_[attempt.id],
                                                  attempt.generations.size() - 1};
    }
    return {};
  }

  static Result<runners::Generation> generation_of(const Statement& statement) {
    runners::Generation generation;
    const auto reason = runners::finish_reason_from_name(statement.text(2));
    if (!reason) return damaged("finish reason", statement.text(2));
    generation.finish_reason = *reason;
    generation.prompt_tokens = statement.optional_integer(3);
    generation.completion_tokens = statement.optional_integer(4);
    generation.queue_time = std::chrono::milliseconds(statement.integer(5));
    if (!statement.is_null(6)) {
      generation.first_token_time = std::chrono::milliseconds(statement.integer(6));
    }
    generation.total_time = std::chrono::milliseconds(statement.integer(7));
    generation.tries = static_cast<int>(statement.integer(8));
    generation.from_cache = statement.integer(9) != 0;
    generation.model = statement.text(10);
    generation.fingerprint = statement.text(11);
    generation.language = statement.optional_text(12);
    generation.text = statement.text(13);
    generation.reasoning = statement.optional_text(14);
    generation.token_hash = statement.optional_text(15);
    if (!statement.is_null(16)) generation.logprobs = EVAL_TRY(decode_logprobs(statement.text(16)));
    return generation;
  }

  Result<void> read_generation_files() {
    Statement statement = EVAL_TRY(select("g.id, f.name, b.content",
                                          "CROSS JOIN generations g ON g.attempt_id = a.id "
                                          "CROSS JOIN generation_files f ON f.generation_id = g.id "
                                          "CROSS JOIN blobs b ON b.sha256 = f.content_sha256",
                                          "a.id, g.turn, f.ordinal"));
    while (EVAL_TRY(statement.step())) {
      const auto [attempt, generation] = generation_by_row_[statement.integer(0)];
      attempts_[attempt].generations[generation].files.push_back(
          {statement.text(1), statement.text(2)});
    }
    return {};
  }

  // The submission of the latest judgement, which is the one that counts.
  Result<void> read_submissions() {
    const std::string columns =
        "a.id, s.kind, s.rule, s.language, s.entry_point, f.name, " + text_column("b.content");
    const std::string joins =
        std::string(
            "CROSS JOIN submissions s ON s.id = (SELECT submission_id FROM judgements "
            "WHERE attempt_id = a.id ORDER BY id DESC LIMIT 1) "
            "LEFT JOIN submission_files f ON f.submission_id = s.id ") +
        (with_texts_ ? "LEFT JOIN blobs b ON b.sha256 = f.content_sha256" : "");
    Statement statement = EVAL_TRY(select(columns, joins, "a.id, f.ordinal"));
    while (EVAL_TRY(statement.step())) {
      Attempt& attempt = attempt_at(statement.integer(0));
      if (!attempt.submission) {
        attempt.submission = ExtractedSubmission{};
        attempt.submission->rule = statement.text(2);
        attempt.submission->submission = EVAL_TRY(submission_of(statement));
      }
      auto* program = std::get_if<judges::SourceProgram>(&attempt.submission->submission);
      if (program != nullptr && !statement.is_null(5)) {
        program->files.push_back({statement.text(5), statement.text(6)});
      }
      auto* outputs = std::get_if<judges::OutputFiles>(&attempt.submission->submission);
      if (outputs != nullptr && !statement.is_null(5)) {
        outputs->files.push_back({statement.text(5), statement.text(6)});
      }
    }
    return {};
  }

  // The first row of a submission; a program's files are added row by row.
  static Result<judges::Submission> submission_of(const Statement& statement) {
    const std::string kind = statement.text(1);
    if (kind == "program") {
      judges::SourceProgram program;
      program.language = statement.text(3);
      program.entry_point = statement.optional_text(4);
      return judges::Submission(std::move(program));
    }
    if (kind == "patch") return judges::Submission(judges::Patch{statement.text(6)});
    if (kind == "proof") return judges::Submission(judges::Proof{statement.text(6)});
    if (kind == "answer") return judges::Submission(judges::Answer{statement.text(6)});
    if (kind == "outputs") return judges::Submission(judges::OutputFiles{});
    return damaged("kind of submission", kind);
  }

  Result<void> read_judgements() {
    const std::string columns =
        "a.id, j.id, j.verdict, j.points, j.language, j.time_limit_ms, j.memory_limit_bytes, "
        "j.fingerprint, j.detail, j.from_cache, " +
        text_column("b.content");
    const std::string joins =
        std::string("CROSS JOIN judgements j ON j.attempt_id = a.id ") +
        (with_texts_ ? "LEFT JOIN blobs b ON b.sha256 = j.compile_log_sha256" : "");
    Statement statement = EVAL_TRY(select(columns, joins, "a.id, j.id"));
    while (EVAL_TRY(statement.step())) {
      judges::Judgement judgement;
      judgement.verdict = EVAL_TRY(verdict_of(statement.text(2)));
      judgement.points = statement.number(3);
      judgement.language = statement.text(4);
      judgement.time_limit = std::chrono::milliseconds(statement.integer(5));
      judgement.memory_limit = Bytes{static_cast<std::uint64_t>(statement.integer(6))};
      judgement.fingerprint = statement.text(7);
      judgement.detail = statement.text(8);
      judgement.from_cache = statement.integer(9) != 0;
      judgement.compile_log = statement.text(10);
      Attempt& attempt = attempt_at(statement.integer(0));
      attempt.judgements.push_back(std::move(judgement));
      judgement_by_row_[statement.integer(1)] = {attempt_by_row_[attempt.id],
                                                 attempt.judgements.size() - 1};
    }
    return {};
  }

  Result<void> read_subtasks() {
    Statement statement = EVAL_TRY(select("j.id, s.subtask, s.verdict, s.points, s.points_max",
                                          "CROSS JOIN judgements j ON j.attempt_id = a.id "
                                          "CROSS JOIN subtask_results s ON s.judgement_id = j.id",
                                          "a.id, j.id, s.ordinal"));
    while (EVAL_TRY(statement.step())) {
      judges::SubtaskResult subtask;
      subtask.subtask = statement.text(1);
      subtask.verdict = EVAL_TRY(verdict_of(statement.text(2)));
      subtask.points = statement.number(3);
      subtask.points_max = statement.optional_number(4);
      judgement_at(statement.integer(0)).subtasks.push_back(std::move(subtask));
    }
    return {};
  }

  Result<void> read_tests() {
    const std::string columns =
        "j.id, t.testcase, t.verdict, t.points, t.cpu_time_us, t.wall_time_us, "
        "t.memory_peak_bytes, t.run_status, t.exit_code, t.signal, " +
        text_column("t.checker_message") + ", " + text_column("t.standard_error") + ", " +
        text_column("t.output_excerpt") +
        ", t.stability, t.cpu_times_json, t.untimed_verdict, t.passes, " +
        text_column("t.transcript");
    Statement statement = EVAL_TRY(select(columns,
                                          "CROSS JOIN judgements j ON j.attempt_id = a.id "
                                          "CROSS JOIN test_results t ON t.judgement_id = j.id",
                                          "a.id, j.id, t.ordinal"));
    while (EVAL_TRY(statement.step())) {
      judges::TestResult test;
      test.testcase = statement.text(1);
      test.verdict = EVAL_TRY(verdict_of(statement.text(2)));
      test.points = statement.optional_number(3);
      test.cpu_time = std::chrono::microseconds(statement.integer(4));
      test.wall_time = std::chrono::microseconds(statement.integer(5));
      if (!statement.is_null(6)) {
        test.memory_peak = Bytes{static_cast<std::uint64_t>(statement.integer(6))};
      }
      test.run_status = statement.text(7);
      test.exit_code = static_cast<int>(statement.integer(8));
      test.signal = static_cast<int>(statement.integer(9));
      test.checker_message = statement.text(10);
      test.standard_error = statement.text(11);
      test.output_excerpt = statement.text(12);
      test.stability = EVAL_TRY(stability_of(statement.text(13)));
      test.cpu_times = EVAL_TRY(decode_times(statement.text(14)));
      if (!statement.is_null(15)) test.untimed_verdict = EVAL_TRY(verdict_of(statement.text(15)));
      test.passes = static_cast<int>(statement.integer(16));
      test.transcript = statement.text(17);
      judgement_at(statement.integer(0)).tests.push_back(std::move(test));
    }
    return {};
  }

  Result<void> read_errors() {
    Statement statement = EVAL_TRY(
        select("a.id, e.stage, e.try_number, e.code, e.what, e.place, e.help, e.sys_errno, "
               "e.also_json, e.at_ms",
               "CROSS JOIN errors e ON e.attempt_id = a.id", "a.id, e.id"));
    while (EVAL_TRY(statement.step())) {
      AttemptError error;
      error.stage = EVAL_TRY(stage_of(statement.text(1)));
      error.try_number = static_cast<int>(statement.integer(2));
      error.error.code = error_code_from_name(statement.text(3));
      error.error.what = statement.text(4);
      error.error.where = statement.text(5);
      error.error.help = statement.text(6);
      error.error.sys_errno = static_cast<int>(statement.integer(7));
      error.error.also = EVAL_TRY(decode_errors(statement.text(8)));
      error.at_ms = statement.integer(9);
      attempt_at(statement.integer(0)).errors.push_back(std::move(error));
    }
    return {};
  }

  Attempt& attempt_at(Row row) { return attempts_[attempt_by_row_[row]]; }
  judges::Judgement& judgement_at(Row row) {
    const auto [attempt, judgement] = judgement_by_row_[row];
    return attempts_[attempt].judgements[judgement];
  }

  static Failure damaged(std::string_view what, const std::string& found) {
    return fail(ErrorCode::BadInput, fmt::format("database has an unknown {} \"{}\"", what, found));
  }
  static Result<AttemptState> state_of(const std::string& name) {
    for (const auto state : {AttemptState::Planned, AttemptState::Generated, AttemptState::Judged,
                             AttemptState::Failed}) {
      if (attempt_state_name(state) == name) return state;
    }
    return damaged("state", name);
  }
  static Result<Stage> stage_of(const std::string& name) {
    for (const auto stage : {Stage::Generate, Stage::Extract, Stage::Judge}) {
      if (stage_name(stage) == name) return stage;
    }
    return damaged("stage", name);
  }
  static Result<judges::Verdict> verdict_of(const std::string& name) {
    const auto verdict = judges::verdict_from_name(name);
    if (!verdict) return damaged("verdict", name);
    return *verdict;
  }

  static Result<judges::Stability> stability_of(const std::string& name) {
    const auto stability = judges::stability_from_name(name);
    if (!stability) return damaged("stability", name);
    return *stability;
  }

  // Where a row's value went: attempts_[first], and its generation or judgement [second].
  struct Place {
    std::size_t attempt = 0;
    std::size_t element = 0;
  };

  Database& database_;
  const AttemptSelection selection_;
  const bool with_texts_;
  std::vector<Attempt> attempts_;
  std::unordered_map<Row, std::size_t> attempt_by_row_;
  std::unordered_map<Row, Place> generation_by_row_;
  std::unordered_map<Row, Place> judgement_by_row_;
};

}  // namespace

Result<std::vector<Attempt>> read_attempts(Database& database, AttemptSelection selection,
                                           bool with_texts) {
  auto attempts = AttemptReader(database, selection, with_texts).read();
  if (!attempts) return fail(std::move(attempts).error().in(database.name()));
  return attempts;
}

}  // namespace eval::evaluator
