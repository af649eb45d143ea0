#include "judges/steps/judge_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace eval::judges {
namespace {

using problems::Subtask;

void add_words(ContentHash& key, const std::vector<std::string>& words) {
  key.add(fmt::format("{}", words.size()));
  for (const std::string& word : words) key.add(word);
}

void add_file(ContentHash& key, const problems::DataFile& file) {
  // Data built by hand have no hash; their path is all there is.
  key.add(file.sha256.empty() ? file.path.string() : file.sha256);
}

void add_testcase(ContentHash& key, const problems::Testcase& testcase) {
  key.add(testcase.name).add(testcase.is_sample ? "sample" : "secret");
  key.add(fmt::format("{} {}", testcase.takes_output, testcase.is_output_only));
  add_file(key, testcase.input);
  add_file(key, testcase.answer);
  add_words(key, testcase.checker_args);
  add_words(key, testcase.program_args);
  for (const auto& [name, path] : testcase.program_files) key.add(name).add(path);
}

// How the submission meets its input and its output is compared. The grader and the name it gives the
// submission are in the key of the compiled program.
void add_task(ContentHash& key, const problems::ProgramTask& task) {
  key.add(problems::task_type_name(task.type)).add(task.input_file).add(task.output_file);
  key.add(fmt::format("{} {}", task.is_multi_pass, task.passes_max));
  key.add(fmt::format("{} {} {}", static_cast<int>(task.checker.protocol),
                      static_cast<int>(task.checker.comparison), task.checker.gives_score));
  key.add(task.points_decimals ? fmt::format("{}", *task.points_decimals) : "");
  if (!task.interactor) return;
  key.add(fmt::format("{} {} {}", static_cast<int>(task.interactor->protocol),
                      task.interactor->processes, task.interactor->uses_fifos));
}

void add_subtask(ContentHash& key, const Subtask& subtask) {
  key.add(subtask.name);
  key.add(fmt::format("{} {} {}", subtask.points.value_or(-1), subtask.accept_score,
                      subtask.reject_score));
  if (subtask.range) key.add(fmt::format("{} {}", subtask.range->first, subtask.range->second));
  key.add(fmt::format("{} {} {} {} {}", static_cast<int>(subtask.aggregation),
                      static_cast<int>(subtask.verdict_mode), subtask.threshold,
                      subtask.stop_at_first_error, subtask.ignore_samples));
  add_words(key, subtask.requires_subtasks);
  add_words(key, subtask.grader_flags);
  for (const Subtask::Member& member : subtask.order) {
    key.add(fmt::format("{} {}", member.is_subtask, member.index));
  }
  for (const Subtask& below : subtask.subtasks) add_subtask(key, below);
}

void collect_graders(const Subtask& subtask, std::vector<fs::path>& found) {
  const fs::path& grader = subtask.custom_grader;
  if (!grader.empty() && std::find(found.begin(), found.end(), grader) == found.end()) {
    found.push_back(grader);
  }
  for (const Subtask& below : subtask.subtasks) collect_graders(below, found);
}

void add_limits(ContentHash& key, const problems::ProgramLimits& limits) {
  for (const Bytes size : {limits.memory, limits.output, limits.code, limits.compile_memory,
                           limits.validation_memory, limits.validation_output}) {
    key.add(fmt::format("{}", size.count));
  }
  key.add(fmt::format("{} {}", limits.compile_time.count(), limits.validation_time.count()));
}

}  // namespace

std::string key_of_outputs(const OutputFiles& outputs) {
  ContentHash key;
  key.add("outputs");
  for (const SourceFile& file : outputs.files) key.add(file.name).add(file.content);
  return key.hex();
}

std::vector<fs::path> custom_graders(const Subtask& root) {
  std::vector<fs::path> found;
  collect_graders(root, found);
  return found;
}

std::string judge_key(const problems::Problem& problem, const problems::ProgramTask& task,
                      const JudgeKeyParts& parts) {
  ContentHash key;
  key.add("program judge").add(kJudgeVersion).add(problem.format_name);
  key.add(parts.program).add(parts.refused).add(parts.checker).add(parts.interactor);
  key.add(parts.isolation).add(parts.profile).add(parts.stability);
  add_words(key, parts.graders);
  key.add(fmt::format("{} {} {} {}", parts.time_limit.count(), parts.run_all, task.is_scoring,
                      problem.points_max));
  add_task(key, task);
  add_limits(key, task.limits);
  key.add(fmt::format("{}", task.testcases.size()));
  for (const problems::Testcase& testcase : task.testcases) add_testcase(key, testcase);
  add_subtask(key, task.root);
  return key.hex();
}

}  // namespace eval::judges
