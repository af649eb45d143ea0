#include "judges/steps/prepare.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace eval::judges {
namespace {

using problems::IncludedSources;
using problems::ProgramTask;
using problems::TaskType;

const IncludedSources* included_for(const ProgramTask& task, const Language& language) {
  for (const auto& [name, sources] : task.included) {
    if (is_named(language, name)) return &sources;
  }
  const auto found = task.included.find("default");
  return found == task.included.end() ? nullptr : &found->second;
}

bool has_grader(const ProgramTask& task) {
  return std::any_of(task.included.begin(), task.included.end(),
                     [](const auto& entry) { return !entry.second.entry_point.empty(); });
}

std::string extension_of(const SourceFile& file, const Language& language) {
  const std::string extension = fs::path(file.name).extension().string();
  const std::vector<std::string>& known = language.extensions;
  const bool is_known = std::find(known.begin(), known.end(), extension) != known.end();
  return is_known ? extension : known.front();
}

Result<void> add_include_files(const IncludedSources& included, SourceProgram& program) {
  for (const fs::path& path : included.files) {
    const std::string name = path.filename().string();
    // The package's file wins over one of the same name that was handed in.
    std::erase_if(program.files, [&](const SourceFile& file) { return file.name == name; });
    program.files.push_back({name, EVAL_TRY(read_file(path))});
  }
  if (!included.entry_point.empty()) program.entry_point = included.entry_point;
  return {};
}

std::string why_refused(const ProgramTask& task, const Language& language,
                        const SourceProgram& program) {
  std::uint64_t bytes = 0;
  for (const SourceFile& file : program.files) bytes += file.content.size();
  if (bytes > task.limits.code.count) {
    return fmt::format("the source is {}, the problem allows {}", to_string(Bytes{bytes}),
                       to_string(task.limits.code));
  }
  const bool allowed =
      task.languages.empty() ||
      std::any_of(task.languages.begin(), task.languages.end(),
                  [&](const std::string& name) { return is_named(language, name); });
  if (!allowed) {
    return fmt::format("the problem does not allow {}; it allows {}", language.name,
                       join(task.languages, ", "));
  }
  const IncludedSources* included = included_for(task, language);
  if (has_grader(task) && (included == nullptr || included->entry_point.empty())) {
    return fmt::format("the problem has no grader for {}", language.name);
  }
  return {};
}

bool needs_interactor(TaskType type) {
  return type == TaskType::Interactive || type == TaskType::Communication;
}

}  // namespace

Result<const ProgramTask*> program_task_of(const problems::Problem& problem) {
  const auto* task = std::get_if<ProgramTask>(&problem.task);
  if (task == nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("problem \"{}\" is a {} task, which the program judge does not judge",
                            problem.id, problems::task_kind_name(problem)));
  }
  if (!task->function_name.empty()) {
    return fail(
        ErrorCode::Unsupported,
        fmt::format("problem \"{}\" asks for a function, which the program judge does not call",
                    problem.id),
        problem.directory.string(), "use --semantics lcb-official or process");
  }
  if (needs_interactor(task->type) && !task->interactor) {
    return fail(ErrorCode::BadInput,
                fmt::format("problem \"{}\" is {} and has no interactor", problem.id,
                            problems::task_type_name(task->type)),
                problem.directory.string(), "add the program that talks to the submission");
  }
  return task;
}

Result<Prepared> prepare(const problems::Problem& problem, const SourceProgram& program,
                         const Languages& languages) {
  Prepared prepared;
  prepared.task = EVAL_TRY(program_task_of(problem));
  prepared.language = languages.find(program.language);
  if (prepared.language == nullptr) {
    return fail(ErrorCode::Unsupported,
                fmt::format("language \"{}\" is not in the language table", program.language));
  }
  const ProgramTask& task = *prepared.task;
  prepared.refused = why_refused(task, *prepared.language, program);
  SourceProgram whole = program;
  if (!task.submission_name.empty() && whole.files.size() == 1) {
    SourceFile& only = whole.files.front();
    only.name = task.submission_name + extension_of(only, *prepared.language);
  }
  const IncludedSources* included = included_for(task, *prepared.language);
  if (included != nullptr) EVAL_TRY(add_include_files(*included, whole));
  prepared.layout = lay_out_sources(*prepared.language, whole);
  if (prepared.refused.empty() && prepared.layout.sources.empty()) {
    prepared.refused = fmt::format("no file of the submission is {}", prepared.language->name);
  }
  return prepared;
}

BuildLimits compile_limits(const ProgramTask& task) {
  return {task.limits.compile_time, task.limits.compile_memory};
}

bool has_checker(const ProgramTask& task) {
  if (task.type == TaskType::Communication) return false;
  if (task.type != TaskType::Interactive) return true;
  // Kattis: the interactor is the checker. testlib: the checker sees what the interactor wrote.
  return task.interactor && task.interactor->protocol == problems::CheckerProtocol::Testlib;
}

}  // namespace eval::judges
