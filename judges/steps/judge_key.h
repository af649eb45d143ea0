#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/files.h"
#include "judges/submission.h"
#include "problems/problem.h"

namespace eval::judges {

// Raised with every change that can change a verdict; part of every cache key and fingerprint.
inline constexpr const char* kJudgeVersion = "7";

// What decides a verdict besides the problem's own data.
struct JudgeKeyParts {
  // Key of the compiled submission (sources, commands, compiler version), or of handed-in outputs.
  std::string program;
  std::string refused;
  std::string checker;     // key of the checker program, "" where a comparison decides
  std::string interactor;  // key of the interactor or manager, "" where there is none
  std::vector<std::string> graders;
  std::chrono::milliseconds time_limit{0};
  bool run_all = false;
  std::string profile;    // name of the environment profile
  std::string stability;  // the rules for runs near a limit
  std::string isolation;
};

// The content key of outputs that were handed in.
std::string key_of_outputs(const OutputFiles& outputs);

// The custom graders of a subtask tree, each once, in order of first use.
std::vector<fs::path> custom_graders(const problems::Subtask& root);

// The content key of a judgement: equal keys mean equal verdicts but for chance.
std::string judge_key(const problems::Problem& problem, const problems::ProgramTask& task,
                      const JudgeKeyParts& parts);

}  // namespace eval::judges
