#include "evaluator/agent_world.h"

#include <fmt/format.h>

#include "base/text.h"
#include "judges/swe/integrity.h"

namespace eval::evaluator {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

constexpr std::size_t kShownCharacters = 10'000;
constexpr Bytes kOutputBytes = Bytes::mib(8);
constexpr Bytes kMemory = Bytes::gib(8);
constexpr int kProcesses = 1024;

// Pagers and progress bars would fill the observation; as mini-swe-agent sets them.
const std::map<std::string, std::string> kVariables = {{"PAGER", "cat"},
                                                       {"MANPAGER", "cat"},
                                                       {"LESS", "-R"},
                                                       {"PIP_PROGRESS_BAR", "off"},
                                                       {"TQDM_DISABLE", "1"},
                                                       {"GIT_PAGER", "cat"},
                                                       {"GIT_CONFIG_COUNT", "1"},
                                                       {"GIT_CONFIG_KEY_0", "safe.directory"},
                                                       {"GIT_CONFIG_VALUE_0", "*"}};

std::size_t cut_at_character(std::string_view text, std::size_t at) {
  while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
    --at;
  return at;
}

std::string exception_of(const ExecutionResult& run, std::chrono::seconds time) {
  switch (run.status) {
    case RunStatus::WallTimeLimit:
    case RunStatus::CpuTimeLimit:
      return fmt::format("the command was stopped after {} s", time.count());
    case RunStatus::MemoryLimit:
      return fmt::format("the command was stopped: it used more than {} of memory",
                         to_string(kMemory));
    case RunStatus::OutputLimit:
      return fmt::format("the command was stopped: it printed more than {}",
                         to_string(kOutputBytes));
    case RunStatus::ForbiddenSyscall:
      return fmt::format("the command was stopped: {} is not allowed here", run.forbidden_syscall);
    case RunStatus::Signalled:
      return fmt::format("the command was ended by signal {}", run.signal);
    case RunStatus::Exited:
    case RunStatus::Cancelled:
    case RunStatus::GroupEnded:
    case RunStatus::Deadlock:
      break;
  }
  return {};
}

class BoxWorld final : public AgentWorld {
 public:
  explicit BoxWorld(std::unique_ptr<judges::swe::Environment> environment)
      : environment_(std::move(environment)) {}

  Result<Observation> act(const std::string& script, std::chrono::seconds time,
                          std::stop_token stop) override {
    judges::swe::ShellRun run;
    // Both streams in the order in which they were written.
    run.script = "exec 2>&1\n" + script;
    run.environment = kVariables;
    sandbox::Limits limits;
    limits.wall_time = time;
    limits.cpu_time = 8 * time;
    limits.memory = kMemory;
    limits.processes = kProcesses;
    limits.file_size = Bytes::gib(1);
    limits.standard_output = kOutputBytes;
    const ExecutionResult result = EVAL_TRY(environment_->run(run, limits, std::move(stop)));
    if (result.status == RunStatus::Cancelled) {
      return fail(ErrorCode::Cancelled, "an action was cancelled");
    }
    Observation observation;
    const std::string output = to_valid_utf8(result.standard_output);
    const std::size_t first_line = std::min(output.find('\n'), output.size());
    const bool ended_well = result.status == RunStatus::Exited && result.exit_code == 0;
    if (ended_well && trim(std::string_view(output).substr(0, first_line)) == kSubmissionMarker) {
      observation.submitted = true;
      observation.patch =
          normalised_patch(std::string_view(result.standard_output)
                               .substr(std::min(first_line + 1, result.standard_output.size())));
    }
    const int exit_code = result.status == RunStatus::Exited ? result.exit_code : -1;
    observation.text = observation_text(exit_code, output, exception_of(result, time));
    return observation;
  }

 private:
  const std::unique_ptr<judges::swe::Environment> environment_;
};

}  // namespace

OpenWorld worlds_of(std::shared_ptr<judges::swe::EnvironmentSource> source) {
  return [source](const problems::Problem& problem,
                  std::stop_token stop) -> Result<std::unique_ptr<AgentWorld>> {
    const auto* task = std::get_if<problems::PatchTask>(&problem.task);
    if (task == nullptr) {
      return fail(ErrorCode::Unsupported, "an agent works on problems that take a patch",
                  problem.id);
    }
    auto environment = EVAL_TRY(source->open(problem, stop));
    const auto history = EVAL_TRY(judges::swe::seal_history(*environment, task->base_commit, stop));
    if (!history.sealed()) {
      return fail(ErrorCode::BadInput, "the repository still holds commits beyond the base commit",
                  problem.id, "make the environment again: an agent could read the fix");
    }
    return std::make_unique<BoxWorld>(std::move(environment));
  };
}

std::string observation_text(int exit_code, const std::string& output,
                             const std::string& exception) {
  std::string text;
  if (!exception.empty()) text += fmt::format("<exception>{}</exception>\n", exception);
  text += fmt::format("<returncode>{}</returncode>\n", exit_code);
  if (output.size() <= kShownCharacters) return text + fmt::format("<output>\n{}</output>", output);
  const std::size_t head = cut_at_character(output, kShownCharacters / 2);
  const std::size_t tail = cut_at_character(output, output.size() - kShownCharacters / 2);
  return text + fmt::format(
                    "<warning>The output was too long; its middle is left out. Ask for less, or "
                    "write it to "
                    "a file and look at parts.</warning>\n<output_head>\n{}\n</output_head>\n"
                    "<elided_chars>{}</elided_chars>\n<output_tail>\n{}</output_tail>",
                    output.substr(0, head), tail - head, output.substr(tail));
}

std::string normalised_patch(std::string_view printed) {
  std::size_t at = printed.starts_with("diff --git ") ? 0 : printed.find("\ndiff --git ");
  if (at == std::string_view::npos) {
    at = printed.starts_with("--- ") ? 0 : printed.find("\n--- ");
    if (at == std::string_view::npos) return {};
  }
  if (printed[at] == '\n') ++at;
  std::string patch(printed.substr(at));
  if (!patch.ends_with('\n')) patch += '\n';
  return patch;
}

}  // namespace eval::evaluator
