#include "judges/steps/execute.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"

namespace eval::judges {
namespace {

// A JVM or Node starts about 30 threads of its own; what a submission may start comes on top.
constexpr int kRunProcesses = 64;
// Kept of standard error; TestResult shows less.
constexpr Bytes kStandardErrorKept = Bytes::kib(64);

}  // namespace

std::chrono::milliseconds time_limit_for(const problems::ProgramTask& task,
                                         const Language& language, std::chrono::milliseconds base) {
  double factor = language.time_factor;
  for (const auto& [name, stated] : task.limits.language_time_factors) {
    if (is_named(language, name)) factor = stated;
  }
  return std::chrono::milliseconds(std::llround(static_cast<double>(base.count()) * factor));
}

std::chrono::milliseconds wall_limit_for(std::chrono::milliseconds cpu_time) {
  return 2 * cpu_time + std::chrono::seconds(10);
}

std::vector<std::string> run_line(const Program& program, Bytes memory,
                                  const std::vector<std::string>& arguments) {
  const std::string mebibytes = fmt::format("{}", memory.count >> 20U);
  std::vector<std::string> argv;
  for (const std::string& word : program.run) {
    argv.push_back(replace_all(word, "{memory_mib}", mebibytes));
  }
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return argv;
}

Result<sandbox::ExecutionResult> execute(sandbox::Sandbox& sandbox, const Program& program,
                                         const problems::ProgramLimits& limits,
                                         std::chrono::milliseconds cpu_time,
                                         const problems::Testcase& testcase, bool alone,
                                         std::stop_token stop) {
  sandbox::Command command;
  command.argv = run_line(program, limits.memory, testcase.program_args);
  command.environment = box_environment();
  command.files = program.files;
  for (const auto& [name, path] : testcase.program_files) {
    command.files.push_back({name, {path, std::nullopt}, false});
  }
  command.standard_input.host_path = testcase.input.path;
  command.profile = program.profile;
  command.readable_host_paths = program.readable;
  sandbox::Limits box;
  box.cpu_time = cpu_time;
  box.wall_time = wall_limit_for(cpu_time);
  box.memory = limits.memory;
  box.standard_output = limits.output;
  box.standard_error = kStandardErrorKept;
  box.processes = kRunProcesses;
  box.alone = alone;
  sandbox::ExecutionResult result =
      EVAL_TRY_IN(sandbox.run(command, box, stop), "testcase " + testcase.name);
  if (result.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "judging was cancelled", "testcase " + testcase.name);
  }
  return result;
}

}  // namespace eval::judges
