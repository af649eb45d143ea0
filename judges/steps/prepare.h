#pragma once

#include <string>

#include "base/result.h"
#include "judges/language.h"
#include "judges/steps/program.h"
#include "judges/steps/source_program.h"
#include "judges/submission.h"
#include "problems/problem.h"

namespace eval::judges {

// A submission of a language this judge knows, laid out for compiling.
struct Prepared {
  const problems::ProgramTask* task = nullptr;
  const Language* language = nullptr;
  SourceLayout layout;
  std::string refused;  // why it is CE before any compiler is asked; else empty
};

// Unsupported if the problem is no program task, or lacks the interactor of its task type.
Result<const problems::ProgramTask*> program_task_of(const problems::Problem& problem);

// Lays `program` out together with what the package includes for its language: a grader or stub with
// the entry point, headers, and the name that the grader expects the submission under. Refused are a
// source over the limit, a language that is not allowed, and one that the package has no grader for.
// Unsupported for a language that is not in the table, Io where a package file cannot be read.
Result<Prepared> prepare(const problems::Problem& problem, const SourceProgram& program,
                         const Languages& languages);

BuildLimits compile_limits(const problems::ProgramTask& task);

// True if outputs of a problem of this type are checked by ProgramTask::checker.
bool has_checker(const problems::ProgramTask& task);

}  // namespace eval::judges
