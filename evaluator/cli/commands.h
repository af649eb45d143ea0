#pragma once

#include <functional>

#include "evaluator/cli/context.h"

namespace CLI {
class App;
}

// The command tree. Each function adds its commands to `app`; parsing one of them sets `chosen` to
// what has to be done, which main then calls with the finished context.
namespace eval::cli {

using Action = std::function<ExitCode(const Context&)>;

void add_run_commands(CLI::App& app, Action& chosen);       // run, generate, judge
void add_result_commands(CLI::App& app, Action& chosen);    // score, report, show
void add_problems_commands(CLI::App& app, Action& chosen);  // problems list|show|check|verify|pull
void add_pull_command(CLI::App& problems, Action& chosen);
// compare-semantics, breakdown, export
void add_livecodebench_commands(CLI::App& app, Action& chosen);
void add_calibrate_command(CLI::App& app, Action& chosen);
void add_grade_commands(CLI::App& app, Action& chosen);    // grade export|import|status|report
void add_sandbox_commands(CLI::App& app, Action& chosen);  // sandbox run|selftest
void add_model_commands(CLI::App& app, Action& chosen);    // model info|chat|bench|verify-repro
void add_env_commands(CLI::App& app, Action& chosen);      // env list|pull|prune|du|plan
void add_env_plan_command(CLI::App& env, Action& chosen);
void add_doctor_command(CLI::App& app, Action& chosen);
void add_completion_command(CLI::App& app, Action& chosen);

}  // namespace eval::cli
