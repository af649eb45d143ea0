#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/text.h"
#include "evaluator/cli/commands.h"
#include "judges/language.h"
#include "runners/local/cuda/cuda_backend.h"
#include "sandbox/linux_sandbox.h"
#include "version.h"

namespace eval::cli {
namespace {

// One thing looked at. `required` things that are missing make doctor fail.
struct Check {
  std::string area;
  std::string name;
  bool ok = false;
  bool required = false;
  std::string detail;
  std::string help;
};

std::vector<Check> sandbox_checks() {
  std::vector<Check> checks;
  for (const sandbox::Capability& capability : sandbox::probe_capabilities()) {
    checks.push_back({"sandbox", capability.name, capability.available, false, capability.detail,
                      capability.help});
  }
  const auto box = sandbox::create_linux_sandbox({.boxes = 1});
  if (!box) {
    checks.push_back(
        {"sandbox", "a box can be built", false, true, box.error().what, box.error().help});
    return checks;
  }
  const auto result =
      (*box)->run({.argv = {"/usr/bin/true"}, .profile = sandbox::Profile::Managed}, {}, {});
  const bool ok = result && result->status == sandbox::RunStatus::Exited && result->exit_code == 0;
  checks.push_back({"sandbox", "a box can be built", ok, true,
                    result ? "isolation " + (*box)->isolation() : describe(result.error()),
                    result ? std::string() : result.error().help});
  // Not a fault: what reports of this machine cannot claim.
  for (const std::string& missing : sandbox::unpromised((*box)->isolation())) {
    checks.push_back({"sandbox", "not promised at this rung", false, false, missing, {}});
  }
  return checks;
}

std::vector<Check> language_checks() {
  std::vector<Check> checks;
  for (const judges::Language& language : judges::Languages::built_in().all()) {
    const auto tool = judges::find_tool(language);
    checks.push_back(
        {"language", language.name, tool.has_value(), false,
         tool ? fmt::format("{} ({})", tool->version, tool->program.string()) : tool.error().what,
         tool ? std::string() : tool.error().help});
  }
  return checks;
}

std::vector<Check> machine_checks(const Context& context) {
  std::vector<Check> checks;
  std::error_code error;
  const auto space = fs::space(".", error);
  const Bytes free{error ? 0 : space.available};
  checks.push_back(
      {"machine", "disk space here", free >= Bytes::gib(1), false, to_string(free) + " free",
       free >= Bytes::gib(1) ? "" : "make room: results and compiled programs need it"});
  const runners::local::cuda::CudaStatus gpu = runners::local::cuda::cuda_status();
  const std::string products = gpu.dense_products.empty() ? "" : ", " + gpu.dense_products;
  checks.push_back({"machine", "NVIDIA GPU for local models", !gpu.devices.empty(), false,
                    gpu.detail + products, gpu.help});
  for (const fs::path& folder : suite_folders(context)) {
    const bool there = fs::is_directory(folder, error);
    checks.push_back({"machine", "built-in suites", there, false, folder.string(),
                      there ? "" : "set EVALCTL_SUITES to the folder that holds them"});
  }
  return checks;
}

ExitCode doctor(const Context& context) {
  std::vector<Check> checks = sandbox_checks();
  for (auto more : {language_checks(), machine_checks(context)}) {
    checks.insert(checks.end(), more.begin(), more.end());
  }
  bool healthy = true;
  Json list = Json::array();
  std::string text = fmt::format("evalctl {} ({})\n", EVAL_VERSION, EVAL_COMMIT);
  std::string area;
  for (const Check& check : checks) {
    healthy = healthy && (check.ok || !check.required);
    list.push_back({{"area", check.area},
                    {"name", check.name},
                    {"ok", check.ok},
                    {"required", check.required},
                    {"detail", check.detail},
                    {"help", check.help}});
    if (check.area != area) text += fmt::format("\n{}\n", area = check.area);
    const char* mark = check.ok ? "yes" : check.required ? "NO " : "no ";
    text += fmt::format("  {}  {:<32} {}\n", mark, check.name, check.detail);
    if (!check.ok && !check.help.empty()) text += fmt::format("       help: {}\n", check.help);
  }
  if (context.json)
    print_json({{"version", EVAL_VERSION}, {"healthy", healthy}, {"checks", list}});
  else
    print_result(text);
  return healthy ? ExitCode::Done : ExitCode::Fault;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& chosen) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say what works on this machine, what does not, and what to do");
  command->callback([&chosen] { chosen = doctor; });
}

}  // namespace eval::cli
