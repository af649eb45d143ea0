#pragma once

#include <memory>

#include "judges/judge.h"

namespace eval::judges {

// A judge for each kind of task; those a run does not need may be null.
struct TaskJudges {
  std::unique_ptr<Judge> program;
  std::unique_ptr<Judge> patch;
  std::unique_ptr<Judge> proof;
  std::unique_ptr<Judge> answer;  // proof tasks that are answer-only
};

// Hands each problem to the judge of its kind. Unsupported where there is none.
std::unique_ptr<Judge> make_task_judge(TaskJudges judges);

}  // namespace eval::judges
