#include "judges/swe/scripts.h"

#include <fmt/format.h>

#include "base/text.h"
#include "judges/swe/tree_state.h"

namespace eval::judges::swe {
namespace {

std::string shell_word(std::string_view word) {
  return "'" + replace_all(std::string(word), "'", "'\\''") + "'";
}

constexpr std::string_view kTouchedGit = "refused .git";

// What official tries leave behind must not meet the next one. Files that were untracked before stay: they
// may be part of the environment.
constexpr std::string_view kResetFunctions = R"(
untracked() { git ls-files --others --exclude-standard -z | sort -z; }
untracked > /box/before
reset_tree() {
  git checkout -q HEAD -- . && git reset -q
  untracked > /box/after
  comm -z -13 /box/before /box/after | xargs -0 -r rm -f --
}
)";

// git refuses to write there by itself, patch(1) does not.
constexpr std::string_view kPatchFunction = R"(
git_state > /box/git_before
try_patch() {
  patch --batch --fuzz=5 -p1 -i /box/patch.diff
  patched=$?
  git_state > /box/git_after
  cmp -s /box/git_before /box/git_after || { echo refused .git; exit; }
  [ $patched -eq 0 ]
}
)";

bool has_line(std::string_view output, std::string_view wanted) {
  for (const std::string_view line : split_lines(output)) {
    if (line == wanted) return true;
  }
  return false;
}

}  // namespace

std::string git_settings() {
  return R"(
export GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_CONFIG_COUNT=3
export GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=core.hooksPath GIT_CONFIG_VALUE_1=/dev/null
export GIT_CONFIG_KEY_2=core.fsmonitor GIT_CONFIG_VALUE_2=false
)";
}

std::string apply_script(Harness harness) {
  std::string script = git_settings() + git_state_function();
  if (harness == Harness::V4) {
    script += kPatchFunction;
    script +=
        "git apply --verbose /box/patch.diff && { echo applied git; exit; }\n"
        "git apply --verbose --reject /box/patch.diff && { echo applied reject; exit; }\n"
        "try_patch && { echo applied patch; exit; }\n";
    return script;
  }
  script += kResetFunctions;
  script += kPatchFunction;
  script +=
      "git apply --verbose /box/patch.diff && { echo applied git; exit; }\n"
      "reset_tree\n"
      "git apply --verbose --3way /box/patch.diff && { git reset -q; echo applied 3way; exit; }\n"
      "reset_tree\n"
      "git apply --verbose --reject /box/patch.diff && { echo applied reject; exit; }\n"
      "reset_tree\n"
      "try_patch && { echo applied patch; exit; }\n"
      "reset_tree\n"
      "git apply --reverse --check /box/patch.diff && echo applied already\n";
  return script;
}

std::optional<ApplyMethod> applied_in(std::string_view output) {
  if (touched_git_folder(output)) return std::nullopt;
  for (const auto& [word, method] : {std::pair("applied git", ApplyMethod::GitApply),
                                     std::pair("applied 3way", ApplyMethod::ThreeWay),
                                     std::pair("applied reject", ApplyMethod::Reject),
                                     std::pair("applied patch", ApplyMethod::Patch),
                                     std::pair("applied already", ApplyMethod::AlreadyApplied)}) {
    if (has_line(output, word)) return method;
  }
  return std::nullopt;
}

bool touched_git_folder(std::string_view output) {
  return has_line(output, kTouchedGit);
}

std::string restore_script(const std::vector<std::string>& paths) {
  std::string script = git_settings();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string name = shell_word(paths[i]);
    // A folder that was made unwritable is no obstacle; one that became a link is replaced by git.
    script += fmt::format(
        "chmod u+rwx -- \"$(dirname -- {0})\" 2>/dev/null\n"
        "if git cat-file -e HEAD:{0} 2>/dev/null; then\n"
        "  git diff --quiet HEAD -- {0} || echo restored {1}\n"
        "  git checkout -q HEAD -- {0}\n"
        "else\n"
        "  [ ! -e {0} ] && [ ! -L {0} ] || echo restored {1}\n"
        "  rm -rf -- {0}\n"
        "fi || exit 4\n",
        name, i);
  }
  return script;
}

std::vector<std::string> restored_in(std::string_view output,
                                     const std::vector<std::string>& paths) {
  std::vector<std::string> restored;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (has_line(output, fmt::format("restored {}", i))) restored.push_back(paths[i]);
  }
  return restored;
}

bool runs_pytest(std::string_view command) {
  return command.find("pytest") != std::string_view::npos || command.starts_with("tox ");
}

std::string test_script(const RepositorySpec& spec, const std::vector<std::string>& commands,
                        std::string_view report, std::string_view arguments) {
  std::string script = "exec 2>&1\n";
  for (const std::string& command : spec.eval_commands) script += command + "\n";
  for (const std::string& command : spec.build) script += command + "\n";
  script += "status=0\n";
  for (std::string command : commands) {
    if (!report.empty() && runs_pytest(command)) {
      command += fmt::format(" --junitxml=/box/{}{}", report, arguments);
    }
    script += fmt::format("{}\nlast=$?; [ $last -eq 0 ] || status=$last\n", command);
  }
  return script + "exit $status\n";
}

}  // namespace eval::judges::swe
