#include "judges/steps/execute.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "judges/steps/warm_interpreter.h"

namespace eval::judges {
namespace {

// A JVM or Node starts about 30 threads of its own; what a submission may start comes on top.
constexpr int kRunProcesses = 64;
// Twenty programs on one core are more than a machine that judges should have.
constexpr int kWallPerCpu = 20;
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

void limit_time(sandbox::Limits& box, std::chrono::milliseconds cpu_time) {
  box.cpu_time = cpu_time;
  box.wall_time = wall_limit_for(cpu_time);
  box.wall_per_cpu = kWallPerCpu;
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

sandbox::Limits submission_limits(const Session& session) {
  const problems::ProgramLimits& limits = session.task.limits;
  sandbox::Limits box;
  limit_time(box, session.cpu_time);
  box.memory = limits.memory;
  box.standard_output = limits.output;
  box.standard_error = kStandardErrorKept;
  box.processes = kRunProcesses;
  box.alone = session.alone;
  if (!session.task.output_file.empty()) {
    // A named output is held to the limit of the standard output: one byte more is OLE. That byte may
    // be written, so that a program which outlives the signal (Python, Java) is known by it.
    box.file_size = limits.output + Bytes{1};
    box.output_file = box.file_size;
  }
  return box;
}

sandbox::Command submission_command(const Session& session, const problems::Testcase& testcase,
                                    const std::vector<std::string>& arguments) {
  const Program& program = *session.program;
  std::vector<std::string> all = testcase.program_args;
  all.insert(all.end(), arguments.begin(), arguments.end());
  sandbox::Command command;
  command.argv = run_line(program, session.task.limits.memory, all);
  command.environment = sandbox::box_environment();
  command.files = program.files;
  for (const auto& [name, path] : testcase.program_files) {
    command.files.push_back({name, {path, std::nullopt}, false});
  }
  command.profile = program.profile;
  command.readable_host_paths = program.readable;
  if (program.starts_warm) begin_warm(command);
  return command;
}

Result<sandbox::ExecutionResult> execute(const Session& session, const problems::Testcase& testcase,
                                         const sandbox::FileSource& input) {
  sandbox::Command command = submission_command(session, testcase);
  if (session.task.input_file.empty()) {
    command.standard_input = input;
  } else {
    command.files.push_back({session.task.input_file, input, false});
  }
  if (!session.task.output_file.empty()) command.outputs = {session.task.output_file};
  sandbox::ExecutionResult result =
      EVAL_TRY_IN(session.sandbox.run(command, submission_limits(session), session.stop),
                  "testcase " + testcase.name);
  if (result.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "judging was cancelled", "testcase " + testcase.name);
  }
  const auto named = result.outputs.find(session.task.output_file);
  if (named != result.outputs.end() && named->second.size() > session.task.limits.output.count) {
    result.status = sandbox::RunStatus::OutputLimit;
  }
  return result;
}

}  // namespace eval::judges
