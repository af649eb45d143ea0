#include "judges/swe/integrity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "judges/swe/spec.h"

namespace eval::judges::swe {
namespace {

constexpr std::array kProtectedNames = {
    "conftest.py", "sitecustomize.py", "usercustomize.py", "pytest.ini",  ".pytest.ini", "tox.ini",
    "setup.cfg",   "setup.py",         "pyproject.toml",   ".coveragerc", "tests.py"};

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

bool is_protected_name(std::string_view name) {
  const bool listed = std::any_of(kProtectedNames.begin(), kProtectedNames.end(),
                                  [&](const char* known) { return name == known; });
  return listed || name.ends_with(".pth") || name.ends_with("_test.py") ||
         (name.starts_with("test_") && name.ends_with(".py"));
}

// Prints what seal_history() reads, one fact a line.
constexpr std::string_view kSealScript = R"sh(
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_COUNT=2 HOME=/box
export GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1=core.hooksPath GIT_CONFIG_VALUE_1=/dev/null
head=$(git rev-parse --verify HEAD) || exit 3
git_dir=$(git rev-parse --absolute-git-dir) || exit 3
echo "head $head"
git merge-base --is-ancestor "$BASE_COMMIT" "$head" && echo base
for remote in $(git remote); do git remote remove "$remote" && echo "removed remote $remote"; done
beyond() {
  git rev-list HEAD | sort > /box/reached
  git cat-file --batch-all-objects --batch-check='%(objecttype) %(objectname)' \
    | sed -n 's/^commit //p' | sort > /box/present
  comm -13 /box/reached /box/present | wc -l
}
if [ -e "$git_dir/objects/info/alternates" ]; then
  git repack -adq && rm -f "$git_dir/objects/info/alternates" && echo "removed alternates"
fi
git for-each-ref --format='%(refname)' | while read -r ref; do
  commit=$(git rev-parse --verify -q "$ref^{commit}") || continue
  git merge-base --is-ancestor "$commit" "$head" && continue
  git update-ref -d "$ref" && echo "removed $ref"
done
rm -f "$git_dir/FETCH_HEAD" "$git_dir/ORIG_HEAD" "$git_dir/MERGE_HEAD"
if [ "$(beyond)" -ne 0 ]; then
  git reflog expire --expire=now --expire-unreachable=now --all
  rm -rf "$git_dir/logs"
  git repack -adq && git prune --expire=now && echo "removed unreachable objects"
fi
echo "beyond $(beyond)"
)sh";

constexpr std::chrono::minutes kSealTime{10};

}  // namespace

std::vector<std::string> protected_files(const problems::PatchTask& task, std::string_view diff) {
  std::set<std::string> test_folders;
  const bool python = task.language.empty() || task.language == "py" || task.language == "python";
  if (python) {
    for (const PatchedFile& file : patched_files(task.test_patch)) {
      test_folders.emplace(folder_of(file.path));
    }
    test_folders.erase("");  // a test at the top would protect everything there
  }
  std::vector<std::string> files;
  const auto add = [&](const std::string& path) {
    if (path.empty() || std::find(files.begin(), files.end(), path) != files.end()) return;
    const bool in_tests = test_folders.contains(std::string(folder_of(path)));
    if (in_tests || is_protected_name(name_of(path))) files.push_back(path);
  };
  for (const PatchedFile& file : patched_files(diff)) {
    add(file.path);
    add(file.old_path);
  }
  return files;
}

Result<History> seal_history(Environment& environment, const std::string& base_commit,
                             std::stop_token stop) {
  ShellRun run;
  run.script = std::string(kSealScript);
  run.environment["BASE_COMMIT"] = base_commit;
  sandbox::Limits limits;
  limits.cpu_time = kSealTime;
  limits.wall_time = kSealTime;
  limits.memory = Bytes::gib(4);
  limits.file_size = Bytes::gib(4);
  const sandbox::ExecutionResult result = EVAL_TRY(environment.run(run, limits, std::move(stop)));
  if (result.status == sandbox::RunStatus::Cancelled) {
    return fail(ErrorCode::Cancelled, "looking at the history was cancelled");
  }
  if (result.status != sandbox::RunStatus::Exited || result.exit_code != 0) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("git does not work in the environment: {}",
                            shorten(to_valid_utf8(result.standard_error), 400)),
                environment.repository().string());
  }
  History history;
  history.commits_beyond = -1;
  for (const std::string_view line : split_lines(result.standard_output)) {
    if (line == "base") history.contains_base = true;
    if (line.starts_with("head ")) history.head = line.substr(5);
    if (line.starts_with("removed ")) history.removed.emplace_back(line.substr(8));
    if (line.starts_with("beyond ")) {
      history.commits_beyond = static_cast<int>(parse_integer(trim(line.substr(7))).value_or(-1));
    }
  }
  if (history.commits_beyond < 0 || history.head.empty()) {
    return fail(ErrorCode::Infrastructure, "git did not tell which commits there are",
                environment.repository().string());
  }
  return history;
}

}  // namespace eval::judges::swe
