#include "judges/swe/integrity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "judges/swe/spec.h"

namespace eval::judges::swe {
namespace {

// What git does to a file when it puts it back; these go first.
constexpr std::array<std::string_view, 2> kGitNames = {".gitattributes", ".gitmodules"};
constexpr std::array<std::string_view, 10> kProtectedNames = {
    "pytest.ini", ".pytest.ini",    "pytest.toml", ".pytest.toml", "tox.ini",
    "setup.cfg",  "pyproject.toml", ".coveragerc", "setup.py",     "tests.py"};
// Modules, whatever their form: sitecustomize.py, sitecustomize/__init__.py, sitecustomize.abi3.so.
constexpr std::array<std::string_view, 3> kStartModules = {"conftest", "sitecustomize",
                                                           "usercustomize"};
// Of the test runner; at the top of a tree they are found before the installed ones.
constexpr std::array<std::string_view, 4> kRunnerModules = {"pytest", "_pytest", "pluggy",
                                                            "unittest"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& known, std::string_view name) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

std::string_view name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

// "a" of "a.b.c"; what Python calls the module.
std::string_view module_of(std::string_view name) {
  return name.substr(0, name.find('.', 1));
}

bool is_below(std::string_view path, std::string_view folder) {
  return path == folder ||
         (path.starts_with(folder) && path.substr(folder.size()).starts_with('/'));
}

bool is_test_module(std::string_view name) {
  const std::string_view module = module_of(name);
  const bool is_python = name.ends_with(".py") || name.ends_with(".so");
  return is_python && (module.starts_with("test_") || module.ends_with("_test"));
}

bool is_protected_name(std::string_view name) {
  return is_one_of(kGitNames, name) || is_one_of(kProtectedNames, name) || is_test_module(name) ||
         name.ends_with(".pth") || name.ends_with(".pyc") || name.ends_with(".pyo");
}

bool is_package_metadata(std::string_view part) {
  return part.ends_with(".egg-info") || part.ends_with(".dist-info") || part.ends_with(".egg-link");
}

// The folder tests, test or (at the top) testing in which `path` lies; empty if there is none.
std::string test_root(const std::string& path) {
  const std::vector<std::string> parts = split(path, '/');
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    const bool is_root =
        parts[i] == "tests" || parts[i] == "test" || (i == 0 && parts[i] == "testing");
    if (is_root)
      return join({parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(i) + 1}, "/");
  }
  return {};
}

// What a task protects besides names.
class Places {
 public:
  Places(const problems::PatchTask& task, const std::vector<std::string>& test_commands) {
    for (const std::string& command : test_commands) {
      for (const std::string_view word : split(command, ' ')) {
        commands_.emplace(word.starts_with("./") ? word.substr(2) : word);
      }
    }
    is_python_ = task.language.empty() || task.language == "py" || task.language == "python";
    if (!is_python_) return;
    for (const PatchedFile& file : patched_files(task.test_patch)) {
      folders_.emplace(folder_of(file.path));
      roots_.insert(test_root(file.path));
      if (file.path.ends_with(".py")) modules_.insert(file.path.substr(0, file.path.size() - 3));
    }
    folders_.erase("");  // a test at the top would protect everything there
    roots_.erase("");
  }

  bool cover(const TreeChange& change) const {
    const std::string& path = change.path;
    if (commands_.contains(path)) return true;
    if (!is_python_) return false;
    if (folders_.contains(std::string(folder_of(path))) || folders_.contains(path)) return true;
    const auto holds = [&](const std::string& root) { return is_below(path, root); };
    if (std::any_of(roots_.begin(), roots_.end(), holds)) return true;
    const auto replaces = [&](const std::string& module) {
      if (!path.starts_with(module)) return false;
      const std::string_view rest = std::string_view(path).substr(module.size());
      return rest.empty() || rest.starts_with('.') || rest.starts_with('/');
    };
    if (std::any_of(modules_.begin(), modules_.end(), replaces)) return true;
    const std::string_view top = std::string_view(path).substr(0, path.find('/'));
    return change.is_new && is_one_of(kRunnerModules, module_of(top));
  }

 private:
  bool is_python_ = true;
  std::set<std::string, std::less<>> commands_;
  std::set<std::string, std::less<>> folders_;
  std::set<std::string> roots_;
  std::set<std::string> modules_;  // files of the test patch without ".py"
};

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

std::vector<std::string> protected_paths(const problems::PatchTask& task,
                                         const std::vector<std::string>& test_commands,
                                         const std::vector<TreeChange>& changes, Stage stage) {
  const Places places(task, test_commands);
  std::vector<std::string> paths;
  for (const TreeChange& change : changes) {
    bool is_metadata = false;
    bool is_start = false;
    for (const std::string& part : split(change.path, '/')) {
      is_metadata = is_metadata || is_package_metadata(part);
      is_start = is_start || is_one_of(kStartModules, module_of(part));
    }
    if (is_metadata && stage == Stage::Installed) continue;
    if (is_metadata || is_start || is_protected_name(name_of(change.path)) ||
        places.cover(change)) {
      paths.push_back(change.path);
    }
  }
  std::stable_partition(paths.begin(), paths.end(),
                        [](const auto& path) { return is_one_of(kGitNames, name_of(path)); });
  return paths;
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
