#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/random.h"
#include "judges/swe/environment.h"

namespace eval::judges::swe {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

// Of the users that nobody has (60578 to 61183 in systemd's table) one that boxes do not use.
constexpr unsigned kEnvironmentUser = 60'590;

// How often what a working copy has written is counted while a script runs. Counting walks the tree.
constexpr std::chrono::seconds kDiskCheckInterval{10};

// Of a file that a script has written and that is looked into.
constexpr Bytes kContentMax = Bytes::kib(256);

Result<void> make_owned_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return fail(system_error(ErrorCode::Io, "cannot make a folder", error.value(), path.string()));
  if (geteuid() == 0 && chown(path.c_str(), environment_user(), environment_user()) < 0) {
    return fail(system_error(ErrorCode::Io, "cannot give a folder away", errno, path.string()));
  }
  return {};
}

// Blocks in use below `folder`; files that vanish meanwhile count as they were found.
Bytes disk_use(const fs::path& folder) {
  Bytes sum;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    struct stat status {};
    if (lstat(at->path().c_str(), &status) == 0) {
      sum.count += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
  }
  return sum;
}

// Stops a run when its working copy has grown too large.
class DiskWatch {
 public:
  DiskWatch(const fs::path& folder, Bytes limit, std::stop_token outer)
      : when_stopped_(std::move(outer), [this] { ended_.request_stop(); }),
        thread_([this, folder, limit](const std::stop_token& done) {
          std::mutex mutex;
          std::condition_variable_any changed;
          std::unique_lock lock(mutex);
          while (!changed.wait_for(lock, done, kDiskCheckInterval,
                                   [&] { return done.stop_requested(); })) {
            if (disk_use(folder) <= limit) continue;
            exceeded_ = true;
            ended_.request_stop();
            return;
          }
        }) {}
  std::stop_token token() const { return ended_.get_token(); }
  bool exceeded() const { return exceeded_; }

 private:
  std::stop_source ended_;
  std::stop_callback<std::function<void()>> when_stopped_;
  std::atomic<bool> exceeded_{false};
  std::jthread thread_;
};

class BoxEnvironment final : public Environment {
 public:
  BoxEnvironment(BoxRoot root, fs::path folder, std::unique_ptr<sandbox::Sandbox> box)
      : root_(std::move(root)), folder_(std::move(folder)), box_(std::move(box)) {}

  ~BoxEnvironment() override {
    box_.reset();  // and with it the mount of the folder
    std::error_code ignored;
    // Folders without permissions are no obstacle for root; others make them removable first.
    if (geteuid() != 0) make_removable();
    fs::remove_all(folder_, ignored);
  }

  Result<ExecutionResult> run(const ShellRun& run, const sandbox::Limits& limits,
                              std::stop_token stop) override {
    sandbox::Command command;
    command.argv = {"/bin/bash", "-c", run.script};
    command.environment = root_.environment;
    for (const auto& [name, value] : run.environment) command.environment[name] = value;
    command.files = run.files;
    command.outputs = run.outputs;
    command.readable_host_paths = root_.host_paths;
    command.profile = sandbox::Profile::Image;
    command.root = sandbox::ImageRoot{root_.layers, folder_ / "upper", folder_ / "work"};
    command.working_directory = root_.repository;
    DiskWatch watch(folder_ / "upper", root_.disk, std::move(stop));
    ExecutionResult result = EVAL_TRY(box_->run(command, limits, watch.token()));
    if (watch.exceeded() || disk_use(folder_ / "upper") > root_.disk) {
      return fail(ErrorCode::BadInput, fmt::format("a script wrote more than {} to its file system",
                                                   to_string(root_.disk)));
    }
    return result;
  }

  Result<std::optional<std::vector<std::string>>> written_outside() override {
    const std::string own = root_.repository.relative_path().string() + "/";
    const fs::path upper = folder_ / "upper";
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::recursive_directory_iterator at(upper, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code ignored;
      if (at->is_directory(ignored) && !at->is_symlink(ignored)) continue;
      std::string path = at->path().lexically_relative(upper).string();
      if (!path.starts_with(own) && !path.starts_with("tmp/")) paths.push_back(std::move(path));
    }
    if (error) {
      return fail(system_error(ErrorCode::Io, "cannot list what a script wrote", error.value(),
                               upper.string()));
    }
    return std::optional(std::move(paths));
  }

  std::string written_content(const std::string& path) override {
    std::error_code error;
    const fs::path file = folder_ / "upper" / path;
    if (!fs::is_regular_file(fs::symlink_status(file, error))) return {};
    return read_file(file, kContentMax).value_or(std::string());
  }

  fs::path repository() const override { return root_.repository; }
  std::string identity() const override { return root_.identity; }
  std::string isolation() const override { return box_->isolation(); }

 private:
  void make_removable() const {
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder_, error), end; !error && at != end;
         at.increment(error)) {
      if (at->is_directory(error) && !at->is_symlink(error)) {
        fs::permissions(at->path(), fs::perms::owner_all, fs::perm_options::add, error);
      }
    }
  }

  const BoxRoot root_;
  const fs::path folder_;
  std::unique_ptr<sandbox::Sandbox> box_;
};

}  // namespace

unsigned environment_user() {
  return geteuid() == 0 ? kEnvironmentUser : geteuid();
}

Result<std::unique_ptr<Environment>> open_box_environment(const BoxRoot& root,
                                                          const MakeBox& make_box) {
  const fs::path folder = root.scratch / fmt::format("copy-{:016x}", random_bits());
  EVAL_TRY(make_owned_folder(folder / "upper"));
  EVAL_TRY(make_owned_folder(folder / "work"));
  auto box = EVAL_TRY(make_box());
  return std::make_unique<BoxEnvironment>(root, folder, std::move(box));
}

}  // namespace eval::judges::swe
