#include "evaluator/store/snapshot.h"

namespace eval::evaluator {
namespace {

std::string_view format_name(problems::StatementFormat format) {
  switch (format) {
    case problems::StatementFormat::Markdown:
      return "markdown";
    case problems::StatementFormat::Latex:
      return "latex";
    case problems::StatementFormat::Pdf:
      return "pdf";
    case problems::StatementFormat::Text:
      return "text";
  }
  return "";
}

}  // namespace

ProblemSnapshot snapshot_of(const problems::Problem& problem) {
  ProblemSnapshot snapshot;
  snapshot.id = problem.id;
  snapshot.title = problem.title;
  snapshot.kind = problems::task_kind_name(problem);
  snapshot.content_hash = problem.content_hash;
  snapshot.statement = problem.statement;
  snapshot.statement_format = format_name(problem.statement_format);
  snapshot.points_max = problem.points_max;
  snapshot.source = problem.source;
  if (const auto* program = std::get_if<problems::ProgramTask>(&problem.task)) {
    snapshot.is_scoring = program->is_scoring;
    snapshot.testcase_count = static_cast<int>(program->testcases.size());
    snapshot.time_limit_ms = program->limits.cpu_time ? program->limits.cpu_time->count() : 0;
    snapshot.memory_limit_bytes = static_cast<std::int64_t>(program->limits.memory.count);
  } else {
    // A proof earns 0 .. points_max; a patch is resolved or not, and an answer right or not.
    const auto* proof = std::get_if<problems::ProofTask>(&problem.task);
    snapshot.is_scoring = proof != nullptr && !proof->is_answer_only;
    if (proof != nullptr) snapshot.proof = *proof;
  }
  return snapshot;
}

}  // namespace eval::evaluator
