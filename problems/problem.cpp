#include "problems/problem.h"

namespace eval::problems {

std::string_view task_kind_name(const Problem& problem) {
  if (std::holds_alternative<ProgramTask>(problem.task)) return "program";
  if (std::holds_alternative<PatchTask>(problem.task)) return "patch";
  return "proof";
}

}  // namespace eval::problems
