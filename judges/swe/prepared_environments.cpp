#include "judges/swe/prepared_environments.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "base/hash.h"
#include "base/json.h"
#include "base/mapped_file.h"
#include "base/random.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace eval::judges::swe {
namespace {

constexpr const char* kIndexName = "environments.json";
constexpr std::chrono::minutes kToolTime{30};  // unpacking a large root from a slow disk

// What a box shows of this machine where an environment has no root of its own.
constexpr const char* kSystemFolders[] = {"/usr", "/opt"};
// What packages keep of their own in /etc: copied, since it is little; nothing of people, keys or networks.
constexpr const char* kSystemConfig[] = {
    "alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "matplotlibrc", "fonts",
    "mime.types",   "magic",       "services",   "protocols",    "perl",         "ImageMagick-6"};
constexpr const char* kSystemConfigPrefixes[] = {"python", "pypy",   "java",
                                                 "maven",  "gradle", "node"};
constexpr const char* kSystemLinks[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

Error in_file(std::string what, std::string_view where, std::string_view id) {
  return Error{ErrorCode::BadInput, std::move(what), fmt::format("{}: {}", where, id), {}, 0, {}};
}

Result<std::vector<std::string>> read_strings(const Json& entry, std::string_view key) {
  std::vector<std::string> words;
  const Json* list = find_member(entry, key);
  if (list == nullptr) return words;
  if (!list->is_array())
    return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
  for (const Json& word : *list) {
    if (!word.is_string())
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" is not a list of strings", key));
    words.push_back(word.get<std::string>());
  }
  return words;
}

Result<std::map<std::string, std::string>> read_variables(const Json& entry) {
  std::map<std::string, std::string> variables;
  const Json* map = find_member(entry, "environment");
  if (map == nullptr) return variables;
  const auto wrong = [] {
    return fail(ErrorCode::BadInput, "\"environment\" is not an object of strings");
  };
  if (!map->is_object()) return wrong();
  for (const auto& [name, value] : map->items()) {
    if (!value.is_string()) return wrong();
    variables[name] = value.get<std::string>();
  }
  return variables;
}

Result<PreparedEnvironment> read_entry(const Json& entry, const fs::path& folder) {
  static const std::set<std::string> kKnown = {"repository",  "root",  "at",
                                               "environment", "setup", "test"};
  if (!entry.is_object()) return fail(ErrorCode::BadInput, "the environment is not an object");
  for (const auto& [key, value] : entry.items()) {
    if (!kKnown.contains(key))
      return fail(ErrorCode::BadInput,
                  fmt::format("\"{}\" is not a member of an environment", key));
  }
  PreparedEnvironment environment;
  const std::string repository = EVAL_TRY(read_string(entry, "repository"));
  if (repository.empty()) return fail(ErrorCode::BadInput, "the environment has no \"repository\"");
  environment.repository = (folder / repository).lexically_normal();
  const std::string root = EVAL_TRY(read_string(entry, "root"));
  if (!root.empty()) environment.root = (folder / root).lexically_normal();
  environment.at = EVAL_TRY(read_string(entry, "at", "/testbed"));
  const fs::path at = environment.at.lexically_normal();
  if (!at.is_absolute() || at == "/" || at != environment.at) {
    return fail(ErrorCode::BadInput,
                fmt::format("\"at\" is \"{}\", not an absolute path", environment.at.string()));
  }
  environment.environment = EVAL_TRY(read_variables(entry));
  environment.setup = EVAL_TRY(read_string(entry, "setup"));
  environment.test = EVAL_TRY(read_strings(entry, "test"));
  return environment;
}

// A trusted tool that must succeed.
Result<void> must_run(std::string_view what, std::vector<std::string> argv,
                      const fs::path& folder) {
  ToolCommand command;
  command.argv = std::move(argv);
  command.working_directory = folder;
  command.timeout = kToolTime;
  const ToolResult result = EVAL_TRY(run_tool(command));
  if (result.exit_code == 0 && !result.timed_out) return {};
  return fail(ErrorCode::Infrastructure,
              fmt::format("{}: {}", what,
                          result.timed_out ? "it took too long"
                                           : shorten(to_valid_utf8(result.standard_error), 400)));
}

Result<void> give_to_environment_user(const fs::path& tree) {
  if (geteuid() != 0) return {};
  const unsigned user = environment_user();
  std::error_code error;
  if (lchown(tree.c_str(), user, user) < 0) error.assign(errno, std::generic_category());
  for (fs::recursive_directory_iterator at(tree, error), end; !error && at != end;
       at.increment(error)) {
    if (lchown(at->path().c_str(), user, user) < 0) error.assign(errno, std::generic_category());
  }
  if (!error) return {};
  return fail(system_error(ErrorCode::Io, "cannot give files to the environments' user",
                           error.value(), tree.string()));
}

Result<void> make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) return {};
  return fail(system_error(ErrorCode::Io, "cannot make a folder", error.value(), path.string()));
}

// Users, hosts and temporary folders, whatever the root brings: programs find themselves to be "root", and
// pip and git a home they can write to.
Result<void> furnish(const fs::path& root) {
  const unsigned user = environment_user();
  for (const char* name : {"tmp", "var/tmp", "root", "etc"}) EVAL_TRY(make_folders(root / name));
  EVAL_TRY(
      write_file(root / "etc/passwd", fmt::format("root:x:{0}:{0}:root:/root:/bin/bash\n", user)));
  EVAL_TRY(write_file(root / "etc/group", fmt::format("root:x:{}:\n", user)));
  EVAL_TRY(write_file(root / "etc/hosts", "127.0.0.1 localhost box\n"));
  return write_file(root / "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n");
}

Result<void> copy_system_config(const fs::path& layer) {
  EVAL_TRY(make_folders(layer / "etc"));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/etc", error)) {
    const std::string name = entry.path().filename().string();
    const auto is_name = [&name](const char* known) { return name == known; };
    const auto begins = [&name](const char* known) { return name.starts_with(known); };
    if (std::none_of(std::begin(kSystemConfig), std::end(kSystemConfig), is_name) &&
        std::none_of(std::begin(kSystemConfigPrefixes), std::end(kSystemConfigPrefixes), begins)) {
      continue;
    }
    std::error_code failed;  // one file that nobody may read is none that a test needs
    fs::copy(entry.path(), layer / "etc" / name,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks, failed);
  }
  return {};
}

// Content would take too long to read for a folder of gigabytes; a file that changed has another time.
Result<std::string> folder_identity(const fs::path& folder) {
  ContentHash hash;
  std::error_code error;
  std::set<std::string> lines;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    struct stat status {};
    if (lstat(at->path().c_str(), &status) < 0) continue;
    lines.insert(fmt::format("{} {} {} {}", at->path().lexically_relative(folder).string(),
                             status.st_mode, status.st_size, status.st_mtime));
  }
  if (error)
    return fail(
        system_error(ErrorCode::Io, "cannot read a folder", error.value(), folder.string()));
  for (const std::string& line : lines) hash.add(line);
  return hash.hex();
}

// The machine's own packages: what /usr is made of.
std::string system_identity() {
  const auto status = read_file("/var/lib/dpkg/status");
  return status ? sha256_hex(*status) : std::string("unknown system");
}

class PreparedSource final : public EnvironmentSource {
 public:
  PreparedSource(fs::path folder, fs::path cache,
                 std::map<std::string, PreparedEnvironment> environments, MakeBox make_box)
      : folder_(std::move(folder)),
        cache_(std::move(cache)),
        environments_(std::move(environments)),
        make_box_(std::move(make_box)) {}

  Result<std::unique_ptr<Environment>> open(const problems::Problem& problem,
                                            std::stop_token stop) override {
    const problems::PatchTask& task = EVAL_TRY(task_of(problem));
    const PreparedEnvironment& prepared = *EVAL_TRY(find(task));
    BoxRoot root;
    root.layers.push_back(EVAL_TRY(root_layer(prepared)));
    root.layers.push_back(EVAL_TRY(repository_layer(prepared, task)));
    if (!prepared.root) {
      std::error_code ignored;
      for (const char* path : kSystemFolders) {
        if (fs::exists(path, ignored)) root.host_paths.emplace_back(path);
      }
    }
    root.environment = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                        {"HOME", "/root"},
                        {"LANG", "C.UTF-8"},
                        {"LC_ALL", "C.UTF-8"},
                        {"TERM", "dumb"}};
    for (const auto& [name, value] : prepared.environment) root.environment[name] = value;
    root.repository = prepared.at;
    root.identity = EVAL_TRY(identity_of(problem));
    root.scratch = cache_ / "copies";
    EVAL_TRY(make_folders(root.scratch));
    auto environment = EVAL_TRY(open_box_environment(root, make_box_));
    if (!prepared.setup.empty()) EVAL_TRY(set_up(*environment, prepared, stop));
    return environment;
  }

  Result<std::string> identity_of(const problems::Problem& problem) override {
    const problems::PatchTask& task = EVAL_TRY(task_of(problem));
    const PreparedEnvironment& prepared = *EVAL_TRY(find(task));
    ContentHash hash;
    hash.add("prepared environment 1").add(task.base_commit).add(EVAL_TRY(root_identity(prepared)));
    hash.add(prepared.at.string()).add(prepared.setup);
    for (const auto& [name, value] : prepared.environment) hash.add(name).add(value);
    for (const std::string& command : prepared.test) hash.add(command);
    return "prepared:" + hash.hex();
  }

  Result<std::vector<std::string>> test_commands_of(const problems::Problem& problem) override {
    const problems::PatchTask& task = EVAL_TRY(task_of(problem));
    return EVAL_TRY(find(task))->test;
  }

  std::string description() const override {
    return "prepared environments of " + folder_.string();
  }

 private:
  static Result<std::reference_wrapper<const problems::PatchTask>> task_of(
      const problems::Problem& problem) {
    if (const auto* task = std::get_if<problems::PatchTask>(&problem.task)) return std::cref(*task);
    return fail(ErrorCode::Unsupported, fmt::format("problem \"{}\" takes no patch", problem.id));
  }

  Result<const PreparedEnvironment*> find(const problems::PatchTask& task) const {
    const auto found = environments_.find(task.instance_id);
    if (found != environments_.end()) return &found->second;
    return fail(ErrorCode::NotFound,
                fmt::format("no environment is prepared for \"{}\"", task.instance_id),
                (folder_ / kIndexName).string(), "add it to the file, or use images");
  }

  Result<std::string> root_identity(const PreparedEnvironment& prepared) {
    const std::lock_guard lock(mutex_);
    const std::string key = prepared.root ? prepared.root->string() : std::string();
    const auto known = root_identities_.find(key);
    if (known != root_identities_.end()) return known->second;
    std::string identity;
    if (!prepared.root) {
      identity = system_identity();
    } else if (fs::is_directory(*prepared.root)) {
      identity = EVAL_TRY(folder_identity(*prepared.root));
    } else {
      identity = sha256_hex(EVAL_TRY(MappedFile::open(*prepared.root)).bytes());
    }
    return root_identities_.emplace(key, identity).first->second;
  }

  // The folder `name` of the cache, made by `make` in a folder beside it that is renamed when whole.
  template <class Make>
  Result<fs::path> cached(const std::string& name, const Make& make) {
    const std::lock_guard lock(layers_mutex_);
    const fs::path layer = cache_ / "layers" / name;
    std::error_code error;
    if (fs::exists(layer, error)) return layer;
    const fs::path building = cache_ / "building" / fmt::format("{}-{:016x}", name, random_bits());
    EVAL_TRY(make_folders(building));
    EVAL_TRY(make_folders(layer.parent_path()));
    auto made = make(building);
    if (made) made = give_to_environment_user(building);
    if (made) fs::rename(building, layer, error);
    if (!made || error) {
      std::error_code ignored;
      fs::remove_all(building, ignored);
      if (!made) return fail(std::move(made).error());
      if (!fs::exists(layer, ignored))
        return fail(
            system_error(ErrorCode::Io, "cannot keep a layer", error.value(), layer.string()));
    }
    return layer;
  }

  Result<fs::path> root_layer(const PreparedEnvironment& prepared) {
    const std::string identity = EVAL_TRY(root_identity(prepared));
    if (!prepared.root) {
      return cached("system-" + identity, [](const fs::path& layer) -> Result<void> {
        std::error_code error;
        for (const char* name : kSystemLinks) {
          if (fs::is_symlink(fs::path("/") / name, error)) {
            fs::create_symlink(fs::read_symlink(fs::path("/") / name, error), layer / name, error);
          }
        }
        EVAL_TRY(copy_system_config(layer));
        return furnish(layer);
      });
    }
    return cached("root-" + identity, [&prepared](const fs::path& layer) -> Result<void> {
      if (fs::is_directory(*prepared.root)) {
        EVAL_TRY(must_run(
            "a root cannot be copied",
            {"cp", "-a", "--reflink=auto", prepared.root->string() + "/.", layer.string()}, layer));
      } else {
        EVAL_TRY(must_run(
            "a root cannot be unpacked",
            {"tar", "-xf", prepared.root->string(), "-C", layer.string(), "--no-same-owner"},
            layer));
      }
      return furnish(layer);
    });
  }

  // One commit without a past: there is no history to be found, and seal_history() checks it.
  Result<fs::path> repository_layer(const PreparedEnvironment& prepared,
                                    const problems::PatchTask& task) {
    ContentHash key;
    key.add(prepared.repository.string()).add(task.base_commit).add(prepared.at.string());
    return cached("repository-" + key.hex(), [&](const fs::path& layer) -> Result<void> {
      const fs::path tree = layer / prepared.at.relative_path();
      EVAL_TRY(make_folders(tree));
      const std::string what = fmt::format("{} cannot be checked out", task.base_commit);
      EVAL_TRY(must_run(what, {"git", "init", "-q", "-b", "testbed"}, tree));
      EVAL_TRY(
          must_run(what,
                   {"git", "-c", "safe.directory=*", "fetch", "-q", "--depth=1", "--no-tags",
                    "--upload-pack",
                    "git -c safe.directory=* -c uploadpack.allowAnySHA1InWant=true upload-pack",
                    prepared.repository.string(), task.base_commit},
                   tree));
      EVAL_TRY(must_run(what,
                        {"git", "-c", "core.hooksPath=/dev/null", "checkout", "-q", "-f", "-B",
                         "testbed", "FETCH_HEAD"},
                        tree));
      std::error_code ignored;
      fs::remove(tree / ".git/FETCH_HEAD", ignored);
      return {};
    });
  }

  static Result<void> set_up(Environment& environment, const PreparedEnvironment& prepared,
                             std::stop_token stop) {
    sandbox::Limits limits;
    limits.wall_time = kToolTime;
    limits.cpu_time = 8 * kToolTime;
    limits.memory = Bytes::gib(8);
    limits.processes = 4096;
    ShellRun run;
    run.script = prepared.setup;
    const auto result = EVAL_TRY(environment.run(run, limits, std::move(stop)));
    if (result.status == sandbox::RunStatus::Cancelled)
      return fail(ErrorCode::Cancelled, "setting up was cancelled");
    if (result.status == sandbox::RunStatus::Exited && result.exit_code == 0) return {};
    return fail(ErrorCode::Infrastructure,
                fmt::format("the set-up of an environment ended with exit code {}: {}",
                            result.exit_code, shorten(to_valid_utf8(result.standard_error), 400)));
  }

  const fs::path folder_;
  const fs::path cache_;
  const std::map<std::string, PreparedEnvironment> environments_;
  const MakeBox make_box_;
  std::mutex mutex_;
  std::map<std::string, std::string> root_identities_;  // guarded by mutex_
  std::mutex layers_mutex_;                             // one layer is made at a time
};

}  // namespace

Result<std::map<std::string, PreparedEnvironment>> read_prepared_environments(
    std::string_view json, const fs::path& folder, std::string_view where) {
  const Json root = EVAL_TRY(parse_json(json, where));
  const Json* list = find_member(root, "environments");
  if (list == nullptr || !list->is_object()) {
    return fail(ErrorCode::BadInput, "the file has no object \"environments\"", std::string(where));
  }
  const std::int64_t version = EVAL_TRY_IN(read_integer(root, "version", 0), where);
  if (version != 1) {
    return fail(ErrorCode::Unsupported,
                fmt::format("version {} of prepared environments is not known", version),
                std::string(where), "this program reads version 1");
  }
  std::map<std::string, PreparedEnvironment> environments;
  std::vector<Error> faults;
  for (const auto& [id, entry] : list->items()) {
    auto read = read_entry(entry, folder);
    if (read) {
      environments.emplace(id, std::move(*read));
    } else {
      faults.push_back(in_file(read.error().what, where, id));
    }
  }
  if (!faults.empty()) return fail(combine(std::move(faults)));
  return environments;
}

Result<std::unique_ptr<EnvironmentSource>> open_prepared_environments(const fs::path& folder,
                                                                      const fs::path& cache,
                                                                      MakeBox make_box) {
  const fs::path index = fs::absolute(folder) / kIndexName;
  const std::string text = EVAL_TRY(read_file(index));
  auto environments =
      EVAL_TRY(read_prepared_environments(text, fs::absolute(folder), index.string()));
  EVAL_TRY(make_folders(cache));
  return std::make_unique<PreparedSource>(fs::absolute(folder), fs::absolute(cache),
                                          std::move(environments), std::move(make_box));
}

}  // namespace eval::judges::swe
