#include "evaluator/template_renderer.h"

#include <fmt/format.h>

#include "base/embedded.h"
#include "base/files.h"
#include "base/text.h"

EVAL_EMBEDDED(eval_template_renderer)

namespace eval::evaluator {
namespace {

// The interpreter that the distribution's packages belong to, whatever comes first in PATH.
constexpr const char* kPython = "/usr/bin/python3";
constexpr const char* kHelper = "render.py";
constexpr std::string_view kHelp = "apt-get install python3-jinja2";

// A template of 10 KB renders in milliseconds, a conversation of a megabyte in less than a second.
constexpr std::chrono::seconds kCpuTime{20};
constexpr Bytes kMemory = Bytes::gib(1);
constexpr Bytes kOutput = Bytes::mib(256);

sandbox::Command render_command(std::string_view chat_template,
                                const std::vector<Json>& variables) {
  Json job = Json::object();
  job["template"] = chat_template;
  job["variables"] = variables;
  sandbox::Command command;
  command.argv = {kPython, "-I", "-B", "-X", "utf8", kHelper};
  command.environment = {{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
  command.files = {{kHelper, {{}, std::string(eval_template_renderer())}, false}};
  command.standard_input.content = to_json_line(job);
  command.profile = sandbox::Profile::Managed;
  command.forbid_exec = true;
  return command;
}

Failure did_not_end_well(const sandbox::ExecutionResult& run) {
  switch (run.status) {
    case sandbox::RunStatus::Cancelled:
      return fail(ErrorCode::Cancelled, "rendering the chat template was cancelled");
    case sandbox::RunStatus::CpuTimeLimit:
    case sandbox::RunStatus::WallTimeLimit:
      return fail(
          ErrorCode::BadInput,
          fmt::format("the chat template takes more than {} s to render", kCpuTime.count()));
    case sandbox::RunStatus::MemoryLimit:
    case sandbox::RunStatus::OutputLimit:
      return fail(ErrorCode::BadInput, "the chat template takes too much memory to render");
    case sandbox::RunStatus::Exited:
    case sandbox::RunStatus::Signalled:
    case sandbox::RunStatus::ForbiddenSyscall:
    case sandbox::RunStatus::GroupEnded:
    case sandbox::RunStatus::Deadlock:
      break;
  }
  return fail(ErrorCode::Infrastructure,
              fmt::format("the renderer of chat templates failed in its box ({}, exit code {}): {}",
                          sandbox::run_status_name(run.status), run.exit_code,
                          shorten(to_valid_utf8(trim(run.standard_error)), 400)));
}

Result<std::vector<std::string>> read_answer(const std::string& output, std::size_t wanted) {
  const Json answer = EVAL_TRY_IN(parse_json(output, "chat template"), "the boxed renderer");
  const std::string missing = EVAL_TRY(read_string(answer, "missing"));
  if (!missing.empty()) {
    return fail(ErrorCode::Unsupported,
                "chat templates cannot be rendered: " + shorten(missing, 200), {},
                std::string(kHelp));
  }
  const std::string error = EVAL_TRY(read_string(answer, "error"));
  if (!error.empty()) {
    return fail(ErrorCode::BadInput, "the chat template failed: " + shorten(error, 400));
  }
  const Json* rendered = find_member(answer, "rendered");
  std::vector<std::string> texts;
  if (rendered != nullptr && rendered->is_array() && rendered->size() == wanted) {
    for (const Json& each : *rendered) {
      if (each.is_string()) texts.push_back(each.get<std::string>());
    }
  }
  if (texts.size() == wanted) return texts;
  // The template runs in the same process and may have printed something itself.
  return fail(ErrorCode::BadInput, "the chat template did not render to one text a conversation");
}

}  // namespace

runners::local::TemplateRenderer boxed_template_renderer(sandbox::Sandbox& sandbox,
                                                         std::stop_token stop) {
  return [&sandbox, stop](std::string_view chat_template,
                          const std::vector<Json>& variables) -> Result<std::vector<std::string>> {
    std::error_code error;
    if (!fs::exists(kPython, error)) {
      return fail(ErrorCode::Unsupported,
                  fmt::format("chat templates cannot be rendered: there is no {}", kPython), {},
                  std::string(kHelp));
    }
    sandbox::Limits limits;
    limits.cpu_time = kCpuTime;
    limits.wall_time = 3 * kCpuTime;
    limits.memory = kMemory;
    limits.standard_output = kOutput;
    const auto run = EVAL_TRY(sandbox.run(render_command(chat_template, variables), limits, stop));
    if (run.status != sandbox::RunStatus::Exited || run.exit_code != 0)
      return did_not_end_well(run);
    return read_answer(run.standard_output, variables.size());
  };
}

}  // namespace eval::evaluator
