#include <nlohmann/json.hpp>

#include "base/json.h"
#include "evaluator/store/codec.h"

namespace eval::evaluator {

std::string encode_proof_task(const problems::ProofTask& task) {
  Json scheme = Json::array();
  for (const problems::SchemePart& part : task.scheme) {
    scheme.push_back(
        {{"title", part.title}, {"points", part.points}, {"description", part.description}});
  }
  Json json = {{"reference_solution", task.reference_solution},
               {"grading_guidelines", task.grading_guidelines},
               {"short_answer", task.short_answer},
               {"is_answer_only", task.is_answer_only},
               {"scheme", std::move(scheme)},
               {"category", task.category},
               {"level", task.level}};
  if (task.year) json["year"] = *task.year;
  return to_json_line(json);
}

Result<problems::ProofTask> decode_proof_task(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "proof_json"));
  problems::ProofTask task;
  task.reference_solution = EVAL_TRY(read_string(json, "reference_solution"));
  task.grading_guidelines = EVAL_TRY(read_string(json, "grading_guidelines"));
  task.short_answer = EVAL_TRY(read_string(json, "short_answer"));
  task.is_answer_only = EVAL_TRY(read_bool(json, "is_answer_only", false));
  task.category = EVAL_TRY(read_string(json, "category"));
  task.level = EVAL_TRY(read_string(json, "level"));
  if (find_member(json, "year") != nullptr) {
    task.year = static_cast<int>(EVAL_TRY(read_integer(json, "year", 0)));
  }
  if (const Json* scheme = find_member(json, "scheme")) {
    for (const Json& part : *scheme) {
      task.scheme.push_back({EVAL_TRY(read_string(part, "title")),
                             EVAL_TRY(read_number(part, "points", 0)),
                             EVAL_TRY(read_string(part, "description"))});
    }
  }
  return task;
}

}  // namespace eval::evaluator
