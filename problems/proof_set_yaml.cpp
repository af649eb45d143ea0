#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "problems/map_reader.h"
#include "problems/proof_set_builder.h"

// Our own format, "evalctl-proofs-1": see FORMAT.md.
namespace eval::problems {
namespace {

constexpr std::string_view kFormat = "evalctl-proofs-1";

// Elements of a list member, or none; another type is a fault.
std::vector<const Json*> list_of(MapReader& reader, std::string_view key) {
  std::vector<const Json*> elements;
  const Json* list = reader.member(key);
  if (list == nullptr) return elements;
  if (!list->is_array()) {
    reader.wrong_type(key, "a list", *list);
    return elements;
  }
  for (const Json& element : *list) elements.push_back(&element);
  return elements;
}

std::vector<SchemePart> read_scheme(MapReader& problem) {
  std::vector<SchemePart> scheme;
  for (const Json* element : list_of(problem, "scheme")) {
    MapReader reader(*element, problem.where() + ": scheme", problem.findings());
    scheme.push_back({reader.text("title").value_or(""), reader.number("points").value_or(0),
                      reader.text("description").value_or("")});
    reader.report_unknown_keys();
  }
  return scheme;
}

void read_problem(MapReader& reader, ProofSetBuilder& builder) {
  ProofTask task;
  task.reference_solution = reader.text("solution").value_or("");
  task.grading_guidelines = reader.text("guidelines").value_or("");
  task.short_answer = reader.text("answer").value_or("");
  task.is_answer_only = reader.flag("answer_only").value_or(false);
  task.scheme = read_scheme(reader);
  task.category = reader.text("category").value_or("");
  task.level = reader.text("level").value_or("");
  const std::string source = reader.text("source").value_or("");
  const auto year = reader.number("year");
  task.year = year ? std::optional(static_cast<int>(*year)) : year_in(source);
  if (task.is_answer_only && task.short_answer.empty())
    reader.findings().fault("answer", "an answer-only problem has no answer", reader.where());
  double scheme_points = 0;
  for (const SchemePart& part : task.scheme) scheme_points += part.points;
  const bool has_scheme = !task.scheme.empty();
  Problem problem = proof_problem(reader.text("statement").value_or(""), std::move(task));
  if (const auto points = reader.positive("points")) problem.points_max = *points;
  if (has_scheme && scheme_points != problem.points_max) {
    reader.findings().fault(
        "scheme-sum",
        fmt::format("the parts of the scheme add up to {}, and full marks are {}", scheme_points,
                    problem.points_max),
        reader.where());
  }
  problem.source = source;
  problem.title = reader.text("title").value_or("");
  builder.add_problem(reader.text("id").value_or(""), std::move(problem), reader.where());
  reader.report_unknown_keys();
}

void read_proof(MapReader& reader, ProofSetBuilder& builder) {
  MarkedProof proof;
  proof.id = reader.text("id").value_or("");
  const std::string problem = reader.text("problem").value_or("");
  const auto index = builder.find(problem);
  if (!index) {
    return builder.fault(
        fmt::format("the proof is of \"{}\", which is no problem of the set", problem),
        reader.where());
  }
  proof.problem = *index;
  proof.text = reader.text("text").value_or("");
  for (const Json* element : list_of(reader, "marks")) {
    MapReader mark(*element, reader.where() + ": marks", reader.findings());
    const auto points = mark.number("points");
    if (!points) {
      builder.fault("a mark has no points", mark.where());
      continue;
    }
    proof.marks.push_back(
        {mark.text("grader").value_or("human"), *points, mark.text("comment").value_or("")});
    mark.report_unknown_keys();
  }
  reader.report_unknown_keys();
  builder.add_proof(std::move(proof), reader.where());
}

}  // namespace

Result<ProofSet> read_own_yaml(std::string_view text, const std::string& where) {
  const Json yaml = EVAL_TRY(parse_yaml(text, where));
  Findings findings;
  MapReader reader(yaml, where, findings);
  if (reader.text("format").value_or("") != kFormat) {
    return fail(ErrorCode::BadInput, fmt::format("the file does not say `format: {}`", kFormat),
                where, "problems/FORMAT.md describes the format");
  }
  ProofSetBuilder builder;
  const std::string title = reader.text("title").value_or("");
  const std::string contest = reader.text("contest").value_or("");
  const auto each = [&](std::string_view key, const auto& read) {
    std::size_t number = 0;
    for (const Json* element : list_of(reader, key)) {
      MapReader entry(*element, fmt::format("{}: {} {}", where, key, ++number), findings);
      read(entry, builder);
    }
  };
  each("problems", read_problem);
  each("proofs", read_proof);
  reader.report_unknown_keys();
  std::vector<Error> faults = findings.faults();
  auto set = std::move(builder).finish(std::string(kFormat));
  if (!set) faults.push_back(std::move(set).error());
  if (!faults.empty()) return fail(combine(std::move(faults)));
  set->suite.title = title;
  set->suite.contest = contest;
  for (std::string& warning : findings.warnings()) set->skipped.push_back(std::move(warning));
  return set;
}

}  // namespace eval::problems
