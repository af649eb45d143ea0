#include "problems/problem.h"

namespace eval::problems {

std::string_view task_kind_name(const Problem& problem) {
  if (std::holds_alternative<ProgramTask>(problem.task)) return "program";
  if (std::holds_alternative<PatchTask>(problem.task)) return "patch";
  return "proof";
}

std::string_view task_type_name(TaskType type) {
  switch (type) {
    case TaskType::Batch:
      return "batch";
    case TaskType::Interactive:
      return "interactive";
    case TaskType::Communication:
      return "communication";
    case TaskType::TwoSteps:
      return "two-steps";
    case TaskType::OutputOnly:
      return "output-only";
    case TaskType::BatchAndOutput:
      return "batch-and-output";
  }
  return "";
}

}  // namespace eval::problems
