#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/text.h"
#include "problems/csv_reader.h"
#include "problems/proof_set_builder.h"

// IMO-Bench: AnswerBench, ProofBench and GradingBench as published.
namespace eval::problems {
namespace {

// GradingBench's classes and the marks they stand for: IMO-Bench's own mapping.
constexpr std::array<std::pair<std::string_view, double>, 4> kRewards = {
    {{"correct", 7}, {"almost", 6}, {"partial", 1}, {"incorrect", 0}}};

std::optional<double> points_of(const CsvRow& row) {
  if (const auto points = parse_double(trim(row.cell("Points")))) {
    if (*points >= 0 && *points <= 7) return points;
    return std::nullopt;
  }
  const std::string reward = to_lower(trim(row.cell("Reward")));
  for (const auto& [name, points] : kRewards) {
    if (reward == name) return points;
  }
  return std::nullopt;
}

Problem problem_of(const CsvRow& row, std::string_view source_column) {
  ProofTask task;
  task.reference_solution = row.cell("Solution");
  task.grading_guidelines = row.cell("Grading guidelines");
  task.short_answer = row.cell("Short Answer");
  task.category = row.cell("Category");
  task.level = row.cell("Level");
  const std::string_view source = trim(row.cell(source_column));
  task.year = year_in(source);
  Problem problem = proof_problem(row.cell("Problem"), std::move(task));
  problem.source = std::string(source);
  return problem;
}

Result<ProofSet> read_gradings(const CsvTable& table, const std::string& where) {
  ProofSetBuilder builder;
  for (const Error& error : table.malformed) builder.refuse(error);
  for (const CsvRow& row : table.rows) {
    const std::string at = fmt::format("{}: line {}", where, row.line);
    const auto index =
        builder.add_problem(row.cell("Problem ID"), problem_of(row, "Problem Source"), at);
    if (!index) continue;
    MarkedProof proof;
    proof.id = std::string(trim(row.cell("Grading ID")));
    proof.problem = *index;
    proof.text = row.cell("Response");
    if (const auto points = points_of(row)) {
      proof.marks.push_back({"human", *points, ""});
    } else {
      builder.skip(at, "neither Points nor Reward is a mark");
      continue;
    }
    builder.add_proof(std::move(proof), at);
  }
  return std::move(builder).finish("imobench-grading");
}

Result<ProofSet> read_problems(const CsvTable& table, const std::string& where, bool answers) {
  ProofSetBuilder builder;
  for (const Error& error : table.malformed) builder.refuse(error);
  for (const CsvRow& row : table.rows) {
    const std::string at = fmt::format("{}: line {}", where, row.line);
    Problem problem = problem_of(row, "Source");
    if (answers) {
      std::get<ProofTask>(problem.task).is_answer_only = true;
      problem.points_max = 1;
      if (std::get<ProofTask>(problem.task).short_answer.empty()) {
        builder.fault("the problem has no short answer", at);
        continue;
      }
    }
    builder.add_problem(row.cell("Problem ID"), std::move(problem), at);
  }
  return std::move(builder).finish(answers ? "imobench-answer" : "imobench-proof");
}

}  // namespace

Result<ProofSet> read_imobench_csv(std::string_view text, const std::string& where) {
  const CsvTable table = EVAL_TRY(read_csv(text, where));
  if (!table.has("Problem ID") || !table.has("Problem")) {
    return fail(ErrorCode::BadInput, "the table has no columns \"Problem ID\" and \"Problem\"",
                where, "known are the tables of IMO-Bench: AnswerBench, ProofBench, GradingBench");
  }
  if (table.has("Response")) return read_gradings(table, where);
  const bool has_solution = table.has("Solution");
  if (!has_solution && !table.has("Short Answer")) {
    return fail(ErrorCode::BadInput, "the table has neither solutions nor short answers", where,
                "known are the tables of IMO-Bench: AnswerBench, ProofBench, GradingBench");
  }
  return read_problems(table, where, !has_solution);
}

}  // namespace eval::problems
