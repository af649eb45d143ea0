#include "judges/swe/container_environments.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <mutex>
#include <system_error>

#include "base/random.h"
#include "base/text.h"
#include "base/unique_fd.h"
#include "judges/swe/container_engine.h"
#include "judges/swe/image_environments.h"
#include "sandbox/copy_files.h"

// Theory of operation. Two folders of the host are in the container: /box, and /evalctl, read-only, with the
// script of the run at hand. The container's program is a shell that sets the variables of the run, goes to the
// repository and becomes the script. A start after an end finds the files of the container as they were left and
// none of its processes.
namespace eval::judges::swe {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

std::string quoted(const std::string& text) {
  return "'" + replace_all(text, "'", "'\\''") + "'";
}

Result<void> write_shared(const fs::path& path, const std::string& content) {
  EVAL_TRY(write_file(path, content));
  std::error_code error;
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_read | fs::perms::others_read,
                  error);
  return {};
}

class ContainerEnvironment final : public Environment {
 public:
  ContainerEnvironment(std::shared_ptr<const ContainerEngine> engine, std::string container,
                       fs::path folder, fs::path repository, std::string identity)
      : engine_(std::move(engine)),
        container_(std::move(container)),
        folder_(std::move(folder)),
        repository_(std::move(repository)),
        identity_(std::move(identity)) {}
  ContainerEnvironment(const ContainerEnvironment&) = delete;
  ContainerEnvironment& operator=(const ContainerEnvironment&) = delete;

  ~ContainerEnvironment() override {
    engine_->remove(container_);
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  Result<void> create(const std::string& image) {
    for (const char* name : {"box", "evalctl"}) EVAL_TRY(make_directories(folder_ / name));
    std::error_code error;
    fs::permissions(folder_ / "box", fs::perms::all, error);  // whoever root is in there
    EVAL_TRY(write_shared(folder_ / "evalctl/activate", activation_script()));
    return engine_->create(
        container_, image,
        {(folder_ / "box").string() + ":/box", (folder_ / "evalctl").string() + ":/evalctl:ro"},
        "/evalctl/start");
  }

  Result<ExecutionResult> run(const ShellRun& run, const sandbox::Limits& limits,
                              std::stop_token stop) override {
    EVAL_TRY(prepare(run));
    const Bytes most = std::max(limits.standard_output, limits.standard_error) + Bytes{1};
    const auto start = std::chrono::steady_clock::now();
    auto ran = EVAL_TRY(engine_->start(container_, limits.wall_time, most, stop));
    ExecutionResult result;
    result.wall_time = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - start);
    result.isolation = isolation();
    result.standard_output = std::move(ran.streams.standard_output);
    result.standard_error = std::move(ran.streams.standard_error);
    if (stop.stop_requested()) {
      result.status = RunStatus::Cancelled;
    } else if (ran.streams.timed_out) {
      result.status = RunStatus::WallTimeLimit;
    } else if (ran.out_of_memory) {
      result.status = RunStatus::MemoryLimit;
    } else if (result.standard_output.size() > limits.standard_output.count) {
      result.status = RunStatus::OutputLimit;
    } else {
      result.exit_code = ran.exit_code;
    }
    cut(result, limits);
    const UniqueFd box(open((folder_ / "box").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    result.outputs = sandbox::copy_outputs(box.value(), run.outputs, limits.output_file);
    return result;
  }

  fs::path repository() const override { return repository_; }
  std::string identity() const override { return identity_; }
  std::string isolation() const override { return engine_->version(); }

 private:
  static void cut(ExecutionResult& result, const sandbox::Limits& limits) {
    if (result.standard_output.size() > limits.standard_output.count)
      result.standard_output.resize(limits.standard_output.count);
    result.standard_error_cut = result.standard_error.size() > limits.standard_error.count;
    if (result.standard_error_cut) result.standard_error.resize(limits.standard_error.count);
  }

  Result<void> prepare(const ShellRun& run) const {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_ / "box", error)) {
      std::error_code removing;
      fs::remove_all(entry.path(), removing);
      if (removing) {
        return fail(system_error(ErrorCode::Io, "what a container wrote cannot be removed",
                                 removing.value(), entry.path().string()));
      }
    }
    const UniqueFd box(open((folder_ / "box").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!box.valid())
      return fail(system_error(ErrorCode::Io, "a folder is gone", errno, folder_.string()));
    for (const sandbox::InputFile& file : run.files)
      EVAL_TRY(sandbox::copy_in(box.value(), file, std::nullopt));
    std::string start = "export HOME=/root TERM=dumb LANG=\"${LANG:-C.UTF-8}\"\n";
    for (const auto& [name, value] : run.environment)
      start += fmt::format("export {}={}\n", name, quoted(value));
    start += fmt::format(
        "export BASH_ENV=/evalctl/activate\ncd {} || exit 125\n"
        "exec /bin/bash /evalctl/script </dev/null\n",
        quoted(repository_.string()));
    EVAL_TRY(write_shared(folder_ / "evalctl/script", run.script));
    return write_shared(folder_ / "evalctl/start", start);
  }

  const std::shared_ptr<const ContainerEngine> engine_;
  const std::string container_;
  const fs::path folder_;
  const fs::path repository_;
  const std::string identity_;
};

class ContainerSource final : public EnvironmentSource {
 public:
  ContainerSource(ContainerEngine engine, ContainerOptions options)
      : engine_(std::make_shared<const ContainerEngine>(std::move(engine))),
        options_(std::move(options)) {}

  Result<std::unique_ptr<Environment>> open(const problems::Problem& problem,
                                            std::stop_token stop) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    const std::string image = EVAL_TRY(image_of(*task, stop));
    const std::string name = fmt::format("evalctl-{:016x}", random_bits());
    auto environment = std::make_unique<ContainerEnvironment>(
        engine_, name, options_.scratch / (container_owner() + "." + name),
        repository_in_image(*task), identity(image));
    EVAL_TRY(environment->create(image));
    return environment;
  }

  Result<std::string> identity_of(const problems::Problem& problem) override {
    const problems::PatchTask* task = EVAL_TRY(task_of(problem));
    return identity(EVAL_TRY(image_of(*task, {})));
  }

  std::string description() const override { return "containers of " + engine_->version(); }

 private:
  // The id is that of the image's config, which names every layer.
  static std::string identity(const std::string& image) { return "container 1:" + image; }

  static Result<const problems::PatchTask*> task_of(const problems::Problem& problem) {
    if (const auto* task = std::get_if<problems::PatchTask>(&problem.task)) return task;
    return fail(ErrorCode::Unsupported, fmt::format("problem \"{}\" takes no patch", problem.id));
  }

  // Asked once in a run, so that all its patches meet the same image.
  Result<std::string> image_of(const problems::PatchTask& task, std::stop_token stop) {
    const std::string name = image_name(task);
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = images_.find(name); known != images_.end()) return known->second;
    }
    const std::string id = EVAL_TRY_IN(engine_->image(name, std::move(stop)), name);
    const std::lock_guard lock(mutex_);
    return images_.emplace(name, id).first->second;
  }

  const std::shared_ptr<const ContainerEngine> engine_;
  const ContainerOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::string> images_;  // guarded by mutex_: ids by name
};

// Folders of processes that were killed: "OWNER.CONTAINER".
Result<void> remove_abandoned_folders(const fs::path& scratch) {
  EVAL_TRY(make_directories(scratch));
  for (const std::string& name : EVAL_TRY(list_directory(scratch))) {
    if (may_be_alive(name.substr(0, name.find('.')))) continue;
    std::error_code ignored;
    fs::remove_all(scratch / name, ignored);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<EnvironmentSource>> open_container_environments(ContainerOptions options) {
  auto engine = EVAL_TRY(ContainerEngine::open(options.program));
  options.scratch = fs::absolute(options.scratch);
  EVAL_TRY(remove_abandoned_folders(options.scratch));
  if (options.narrate)
    options.narrate("instances run in containers of " + engine.version() + ", not in our boxes");
  return std::make_unique<ContainerSource>(std::move(engine), std::move(options));
}

}  // namespace eval::judges::swe
