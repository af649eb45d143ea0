#include <fmt/format.h>

#include "base/hash.h"
#include "problems/package_files.h"
#include "problems/package_loader.h"

namespace eval::problems {
namespace {

// Bumped when the same package would be read as a different problem.
constexpr std::string_view kHashVersion = "evalctl-problem-1";

void add_list(ContentHash& hash, const std::vector<std::string>& list) {
  hash.add(std::to_string(list.size()));
  for (const std::string& element : list) hash.add(element);
}

// Numbers are written shortest and exact, so that equal values give equal text.
void add_number(ContentHash& hash, std::optional<double> number) {
  hash.add(number ? fmt::format("{}", *number) : "none");
}

void add_files(ContentHash& hash, const std::vector<fs::path>& files, Findings& findings) {
  for (const fs::path& file : files) {
    const auto data = read_data_file(file, findings);
    hash.add(file.filename().string()).add(data ? data->sha256 : "");
  }
}

void add_program(ContentHash& hash, const fs::path& program, Findings& findings) {
  const std::vector<fs::path> files =
      is_folder(program) ? package_files_below(program, findings) : std::vector{program};
  hash.add(std::to_string(files.size()));
  for (const fs::path& file : files) {
    const auto data = read_data_file(file, findings);
    hash.add(file.lexically_relative(program.parent_path()).string());
    hash.add(data ? data->sha256 : "");
  }
}

void add_limits(ContentHash& hash, const ProgramLimits& limits) {
  add_number(hash, limits.cpu_time ? std::optional(static_cast<double>(limits.cpu_time->count()))
                                   : std::nullopt);
  add_number(hash, limits.accepted_multiplier);
  add_number(hash, static_cast<double>(limits.resolution.count()));
  for (const auto& [language, factor] : limits.language_time_factors) {
    hash.add(language);
    add_number(hash, factor);
  }
  for (const Bytes size : {limits.memory, limits.output, limits.code, limits.compile_memory,
                           limits.validation_memory, limits.validation_output}) {
    hash.add(std::to_string(size.count));
  }
  hash.add(std::to_string(limits.compile_time.count()));
  hash.add(std::to_string(limits.validation_time.count()));
}

void add_testcase(ContentHash& hash, const Testcase& testcase, Findings& findings) {
  hash.add(testcase.name).add(testcase.input.sha256).add(testcase.answer.sha256);
  add_list(hash, testcase.checker_args);
  add_list(hash, testcase.program_args);
  if (testcase.takes_output || testcase.is_output_only)
    hash.add(testcase.is_output_only ? "output only" : "takes output");
  for (const auto& [name, path] : testcase.program_files) {
    const auto data = read_data_file(path, findings);
    hash.add(name).add(data ? data->sha256 : "");
  }
}

void add_subtask(ContentHash& hash, const Subtask& subtask, Findings& findings) {
  hash.add(subtask.name);
  add_number(hash, subtask.points);
  add_number(hash, subtask.accept_score);
  add_number(hash, subtask.reject_score);
  add_number(hash, subtask.range ? std::optional(subtask.range->first) : std::nullopt);
  add_number(hash, subtask.range ? std::optional(subtask.range->second) : std::nullopt);
  add_number(hash, subtask.threshold);
  hash.add(fmt::format("{} {} {} {}", static_cast<int>(subtask.aggregation),
                       static_cast<int>(subtask.verdict_mode), subtask.stop_at_first_error,
                       subtask.ignore_samples));
  add_list(hash, subtask.requires_subtasks);
  if (!subtask.custom_grader.empty()) {
    add_program(hash, subtask.custom_grader, findings);
    add_list(hash, subtask.grader_flags);
  }
  hash.add(std::to_string(subtask.order.size()));
  for (const Subtask::Member& member : subtask.order)
    hash.add(fmt::format("{} {}", member.is_subtask, member.index));
  for (const Subtask& below : subtask.subtasks) add_subtask(hash, below, findings);
}

}  // namespace

std::string content_hash(const Problem& problem, Findings& findings) {
  const auto& task = std::get<ProgramTask>(problem.task);
  ContentHash hash;
  hash.add(kHashVersion).add(problem.title).add(problem.statement);
  hash.add(std::to_string(static_cast<int>(problem.statement_format)));
  add_number(hash, problem.points_max);
  hash.add(fmt::format("{} {} {} {}", task.is_scoring, task_type_name(task.type),
                       task.is_multi_pass, task.is_multi_pass ? task.passes_max : 1));
  add_limits(hash, task.limits);
  hash.add(task.checker.gives_score ? "score" : "verdict");
  if (task.checker.program) add_program(hash, *task.checker.program, findings);
  add_files(hash, task.checker.support_files, findings);
  add_list(hash, task.languages);
  hash.add(fmt::format("{} {}", static_cast<int>(task.checker.protocol),
                       static_cast<int>(task.checker.comparison)));
  if (task.interactor) {
    add_program(hash, task.interactor->program, findings);
    add_files(hash, task.interactor->support_files, findings);
    hash.add(fmt::format("{} {} {}", static_cast<int>(task.interactor->protocol),
                         task.interactor->processes, task.interactor->uses_fifos));
  }
  hash.add(task.input_file).add(task.output_file).add(task.submission_name);
  hash.add(task.points_decimals ? std::to_string(*task.points_decimals) : "");
  for (const auto& [language, sources] : task.included) {
    hash.add(sources.entry_point);
    for (const fs::path& file : sources.files) {
      const auto data = read_data_file(file, findings);
      hash.add(language).add(file.filename().string()).add(data ? data->sha256 : "");
    }
  }
  hash.add(std::to_string(task.testcases.size()));
  for (const Testcase& testcase : task.testcases) add_testcase(hash, testcase, findings);
  add_subtask(hash, task.root, findings);
  return hash.hex();
}

}  // namespace eval::problems
