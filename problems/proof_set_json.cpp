#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/package_files.h"
#include "problems/proof_set_builder.h"

// MathArena (rows, and the folder of a competition) and DeepSeekMath-V2's published outputs.
namespace eval::problems {
namespace {

// The text of a member that may be a number ("problem_idx": 3); empty if there is none.
std::string text_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return {};
  return scalar_text(*member).value_or("");
}

std::optional<double> number_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr) return std::nullopt;
  if (member->is_number()) return member->get<double>();
  return member->is_string() ? parse_double(trim(member->get<std::string>())) : std::nullopt;
}

std::vector<SchemePart> scheme_of(const Json* list) {
  std::vector<SchemePart> scheme;
  if (list == nullptr || !list->is_array()) return scheme;
  for (const Json& part : *list) {
    std::string description = text_of(part, "desc");
    if (description.empty()) description = text_of(part, "description");
    scheme.push_back(
        {text_of(part, "title"), number_of(part, "points").value_or(0), std::move(description)});
  }
  return scheme;
}

// --- MathArena rows

Problem matharena_problem(const Json& row) {
  ProofTask task;
  task.scheme = scheme_of(find_member(row, "grading_scheme"));
  task.reference_solution = text_of(row, "sample_solution");
  task.category = text_of(row, "problem_type");
  const bool is_marked = find_member(row, "points_judge_1") != nullptr;
  const bool has_points = find_member(row, "points") != nullptr || is_marked;
  task.is_answer_only = !has_points && find_member(row, "answer") != nullptr;
  // Where judges marked, "answer" is the proof.
  if (task.is_answer_only) task.short_answer = text_of(row, "answer");
  const bool answer_only = task.is_answer_only;
  Problem problem = proof_problem(text_of(row, "problem"), std::move(task));
  const auto points = number_of(row, is_marked ? "max_points_judge_1" : "points");
  if (!answer_only && points && *points > 0) problem.points_max = *points;
  return problem;
}

std::vector<HumanMark> matharena_marks(const Json& row) {
  std::vector<HumanMark> marks;
  for (int judge = 1; judge <= 9; ++judge) {
    const auto points = number_of(row, fmt::format("points_judge_{}", judge));
    if (!points) continue;
    const Json* details = find_member(row, fmt::format("grading_details_judge_{}", judge));
    std::string comment;
    if (details != nullptr && details->is_array()) {
      for (const Json& detail : *details) {
        comment += fmt::format("{}: {} {}\n", text_of(detail, "title"), text_of(detail, "points"),
                               text_of(detail, "desc"));
      }
    }
    marks.push_back({fmt::format("judge {}", judge), *points, std::move(comment)});
  }
  return marks;
}

void add_matharena_row(const Json& row, const std::string& at, ProofSetBuilder& builder) {
  const std::string id = text_of(row, "problem_idx");
  const bool is_marked = find_member(row, "points_judge_1") != nullptr;
  const auto index = builder.add_problem(id, matharena_problem(row), at);
  if (!index || !is_marked) return;
  MarkedProof proof;
  proof.id = fmt::format("{}/{}/{}", id, text_of(row, "model_name"), text_of(row, "idx_answer"));
  proof.problem = *index;
  proof.text = text_of(row, "answer");
  proof.marks = matharena_marks(row);
  builder.add_proof(std::move(proof), at);
}

// --- DeepSeekMath-V2

void add_deepseek_row(const Json& row, const std::string& at, ProofSetBuilder& builder) {
  const std::string id = text_of(row, "problem_idx");
  ProofTask task;
  task.reference_solution = text_of(row, "solution");
  task.grading_guidelines = text_of(row, "grading guidelines");
  task.category = text_of(row, "type");
  task.level = text_of(row, "level");
  const std::string source = text_of(row, "source");
  task.year = year_in(source.empty() ? id : source);
  Problem problem = proof_problem(text_of(row, "question"), std::move(task));
  problem.source = source;
  // The Putnam is marked out of ten, and the rows do not say so.
  if (id.starts_with("Putnam")) problem.points_max = 10;
  const auto index = builder.add_problem(id, std::move(problem), at);
  const Json* prediction = find_member(row, "model_prediction");
  if (!index || prediction == nullptr) return;
  const auto rating = number_of(*prediction, "human_rating");
  MarkedProof proof;
  proof.id = id;
  proof.problem = *index;
  proof.text = text_of(*prediction, "proof");
  if (rating) proof.marks.push_back({"human", *rating, ""});
  builder.add_proof(std::move(proof), at);
}

Result<std::vector<std::pair<std::string, Json>>> split_rows(std::string_view text,
                                                             const std::string& where) {
  std::vector<std::pair<std::string, Json>> rows;
  if (trim(text).starts_with('[')) {
    Json list = EVAL_TRY(parse_json(text, where));
    for (std::size_t i = 0; i < list.size(); ++i) {
      rows.emplace_back(fmt::format("{}: entry {}", where, i + 1), std::move(list[i]));
    }
    return rows;
  }
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (trim(line).empty()) continue;
    const std::string at = fmt::format("{}: line {}", where, number);
    rows.emplace_back(at, EVAL_TRY(parse_json(line, at)));
  }
  return rows;
}

}  // namespace

Result<ProofSet> read_json_rows(std::string_view text, const std::string& where) {
  const auto rows = EVAL_TRY(split_rows(text, where));
  ProofSetBuilder builder;
  bool any_deepseek = false;
  for (const auto& [at, row] : rows) {
    const bool is_deepseek = find_member(row, "question") != nullptr;
    const bool is_known = find_member(row, "problem_idx") != nullptr &&
                          (is_deepseek || find_member(row, "problem") != nullptr);
    if (!is_known) {
      builder.fault("the row is of no known format", at,
                    "MathArena's rows have problem_idx and problem, DeepSeekMath-V2's problem_idx "
                    "and question");
      continue;
    }
    any_deepseek = any_deepseek || is_deepseek;
    if (is_deepseek) {
      add_deepseek_row(row, at, builder);
    } else {
      add_matharena_row(row, at, builder);
    }
  }
  return std::move(builder).finish(any_deepseek ? "deepseekmath-v2" : "matharena");
}

Result<ProofSet> read_matharena_folder(const fs::path& folder, std::string& all_bytes) {
  const fs::path file = folder / "grading_scheme.json";
  all_bytes = EVAL_TRY(read_file(file));
  const Json entries = EVAL_TRY(parse_json(all_bytes, file.string()));
  ProofSetBuilder builder;
  for (const Json& entry : entries) {
    const std::string id = text_of(entry, "id");
    const bool is_plain = !id.empty() && id.find('/') == std::string::npos && id != "..";
    if (!is_plain) {
      builder.fault(fmt::format("\"{}\" is no id of a problem", id), file.string());
      continue;
    }
    const fs::path statement = folder / "problems" / (id + ".tex");
    const fs::path solution = folder / "solutions" / (id + ".tex");
    ProofTask task;
    task.scheme = scheme_of(find_member(entry, "scheme"));
    const std::string text = EVAL_TRY(read_file(statement));
    if (is_file(solution)) task.reference_solution = EVAL_TRY(read_file(solution));
    all_bytes += '\0' + text + '\0' + task.reference_solution;
    Problem problem = proof_problem(text, std::move(task));
    problem.statement_format = StatementFormat::Latex;
    problem.title = "Problem " + id;
    if (const auto points = number_of(entry, "points")) problem.points_max = *points;
    builder.add_problem(id, std::move(problem), statement.string());
  }
  return std::move(builder).finish("matharena-folder");
}

}  // namespace eval::problems
