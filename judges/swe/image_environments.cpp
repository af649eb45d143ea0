#include "judges/swe/image_environments.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/random.h"
#include "base/text.h"
#include "judges/swe/wrapped_environment.h"
#include "problems/swe_bench.h"
#include "sandbox/images/disk_usage.h"

namespace eval::judges::swe {
namespace {

using sandbox::images::ImageStore;
using sandbox::images::StoredImage;

constexpr std::size_t kAskedAtOnce = 8;
constexpr const char* kActivation = "/etc/evalctl-activate";
constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

Result<std::reference_wrapper<const problems::PatchTask>> task_of(
    const problems::Problem& problem) {
  if (const auto* task = std::get_if<problems::PatchTask>(&problem.task)) return std::cref(*task);
  return fail(ErrorCode::Unsupported, fmt::format("problem \"{}\" takes no patch", problem.id));
}

// The image's own users, without root and without whoever has the number that root has here. A link to
// the file, or to its folder, could lead out of the layer: then there is none.
std::string other_users(const StoredImage& image, const std::string& file) {
  const std::string number = std::to_string(environment_user());
  for (auto layer = image.layers.rbegin(); layer != image.layers.rend(); ++layer) {
    std::error_code error;
    if (fs::symlink_status(*layer / "etc", error).type() != fs::file_type::directory) continue;
    const fs::path path = *layer / "etc" / file;
    if (fs::symlink_status(path, error).type() != fs::file_type::regular) continue;
    const auto text = read_file(path, Bytes::mib(1));
    if (!text) return {};
    std::string kept;
    for (const std::string_view line : split_lines(*text)) {
      const std::vector<std::string> fields = split(line, ':');
      if (fields.size() < 3 || fields[0] == "root" || fields[2] == number) continue;
      kept += std::string(line) + "\n";
    }
    return kept;
  }
  return {};
}

Result<void> give_to_user(const fs::path& tree) {
  if (geteuid() != 0) return {};
  const unsigned user = environment_user();
  std::error_code error;
  if (lchown(tree.c_str(), user, user) < 0) error.assign(errno, std::generic_category());
  for (const auto& entry : fs::recursive_directory_iterator(tree, error)) {
    if (lchown(entry.path().c_str(), user, user) < 0) error.assign(errno, std::generic_category());
  }
  if (!error) return {};
  return fail(system_error(ErrorCode::Io, "cannot give files to the environments' user",
                           error.value(), tree.string()));
}

// Our layer: programs find themselves to be root, with a home; names are looked up in files alone.
Result<void> make_top_layer(const fs::path& layer, const StoredImage& image) {
  const unsigned user = environment_user();
  for (const char* name : {"etc", "tmp", "var/tmp", "root"})
    EVAL_TRY(make_directories(layer / name));
  EVAL_TRY(write_file(
      layer / "etc/passwd",
      fmt::format("root:x:{0}:{0}:root:/root:/bin/bash\n", user) + other_users(image, "passwd")));
  EVAL_TRY(write_file(layer / "etc/group",
                      fmt::format("root:x:{}:\n", user) + other_users(image, "group")));
  EVAL_TRY(write_file(layer / "etc/hosts", "127.0.0.1 localhost box\n"));
  EVAL_TRY(write_file(layer / "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"));
  EVAL_TRY(write_file(layer / (kActivation + 1), activation_script()));
  return give_to_user(layer);
}

class ImageSource final : public EnvironmentSource {
 public:
  ImageSource(ImageStore store, fs::path scratch, ImageEnvironmentOptions options, MakeBox make_box)
      : pull_(options.pull),
        supply_(std::move(store), std::move(options)),
        scratch_(std::move(scratch)),
        make_box_(std::move(make_box)) {}

  Result<std::unique_ptr<Environment>> open(const problems::Problem& problem,
                                            std::stop_token stop) override {
    const problems::PatchTask& task = EVAL_TRY(task_of(problem));
    const std::string name = image_name(task);
    const std::string promised = EVAL_TRY(identity_of(problem));
    auto held = EVAL_TRY(supply_.take(name, stop));
    const auto image = EVAL_TRY(store().find(name));
    if (!image) return fail(ErrorCode::Internal, "an image that is held is not there", name);
    if (identity(image->digest) != promised) {
      return fail(ErrorCode::Infrastructure,
                  "the image has been replaced in the registry meanwhile", name, "judge again");
    }
    BoxRoot root;
    root.layers = image->layers;
    root.layers.push_back(EVAL_TRY(top_layer(*image)));
    root.environment = {
        {"PATH", kDefaultPath}, {"HOME", "/root"}, {"LANG", "C.UTF-8"}, {"TERM", "dumb"}};
    for (const auto& [key, value] : image->environment) root.environment[key] = value;
    root.environment["BASH_ENV"] = kActivation;
    root.repository = repository_in_image(task);
    root.identity = promised;
    root.scratch = scratch_ / "copies";
    EVAL_TRY(make_directories(root.scratch));
    auto box = EVAL_TRY(open_box_environment(root, make_box_));
    // The image keeps from prune as long as the working copy is there.
    return std::make_unique<WrappedEnvironment<std::unique_ptr<ImageSupply::Lease>>>(
        std::move(held), std::move(box));
  }

  Result<std::string> identity_of(const problems::Problem& problem) override {
    const problems::PatchTask& task = EVAL_TRY(task_of(problem));
    const std::string name = image_name(task);
    if (const auto image = EVAL_TRY(store().find(name))) return identity(image->digest);
    const std::lock_guard lock(mutex_);
    if (const auto known = digests_.find(name); known != digests_.end())
      return identity(known->second);
    const auto plan = EVAL_TRY(store().plan(name, pull_, {}));
    digests_[name] = plan.digest;
    return identity(plan.digest);
  }

  Result<std::optional<SourceNeeds>> needs_of(const std::vector<const problems::Problem*>& problems,
                                              std::stop_token stop) override {
    SourceNeeds needs;
    needs.disk_free = EVAL_TRY(sandbox::images::disk_free(store().folder()));
    needs.disk_free.count -= std::min(needs.disk_free.count, pull_.reserve.count);
    for (const problems::Problem* problem : problems) needs.instances.push_back({problem->id});
    needs.faults = ask_for_all(problems, needs.instances, stop);
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "planning was cancelled");
    return needs;
  }

  void expect(const std::vector<const problems::Problem*>& problems, int ahead) override {
    std::vector<std::string> names;
    for (const problems::Problem* problem : problems) {
      const auto task = task_of(*problem);
      if (!task) continue;
      std::string name = image_name(*task);
      if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    }
    supply_.expect(std::move(names), ahead);
  }

  std::string description() const override { return "images of " + store().folder().string(); }

 private:
  static std::string identity(const std::string& digest) { return "image 1:" + digest; }

  const ImageStore& store() const { return supply_.store(); }

  // A few at a time: a registry answers in a good part of a second, and a suite has hundreds of images.
  std::vector<Error> ask_for_all(const std::vector<const problems::Problem*>& problems,
                                 std::vector<PlannedInstance>& needs, const std::stop_token& stop) {
    sandbox::images::PullOptions options = pull_;
    options.expansion = store().expansion();
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::vector<Error> errors;
    const auto work = [&] {
      for (std::size_t i = next++; i < problems.size(); i = next++) {
        if (stop.stop_requested()) return;
        auto need = need_of(*problems[i], options, stop);
        const std::lock_guard lock(mutex);
        if (need)
          needs[i] = std::move(*need);
        else
          errors.push_back(std::move(need).error());
      }
    };
    std::vector<std::jthread> helpers;
    const std::size_t count = std::min(kAskedAtOnce, problems.size());
    for (std::size_t i = 0; i < count; ++i) helpers.emplace_back(work);
    helpers.clear();
    return errors;
  }

  Result<PlannedInstance> need_of(const problems::Problem& problem,
                                  const sandbox::images::PullOptions& options,
                                  const std::stop_token& stop) {
    PlannedInstance need;
    need.problem = problem.id;
    need.image = image_name(EVAL_TRY(task_of(problem)));
    if (const auto image = EVAL_TRY(store().find(need.image))) {
      for (const fs::path& layer : image->layers)
        need.layers.push_back({layer.filename().string(), {}, {}, true});
      return need;
    }
    const auto plan = EVAL_TRY(store().plan(need.image, options, stop));
    for (const auto& layer : plan.layers) {
      need.layers.push_back({sandbox::images::hex_of(layer.id), layer.download,
                             layer.here ? Bytes{} : layer.disk, layer.here});
    }
    return need;
  }

  // Made once for each image, in a folder beside it that is renamed when whole.
  Result<fs::path> top_layer(const StoredImage& image) {
    const std::lock_guard lock(mutex_);
    const std::string name = fmt::format(
        "{}-{}", sandbox::images::hex_of(image.digest).substr(0, 32), environment_user());
    const fs::path layer = scratch_ / "tops" / name;
    std::error_code error;
    if (fs::is_directory(layer, error)) return layer;
    const fs::path building =
        scratch_ / "building" / fmt::format("{}-{:016x}", name, random_bits());
    EVAL_TRY(make_directories(building));
    EVAL_TRY(make_directories(layer.parent_path()));
    EVAL_TRY(make_top_layer(building, image));
    fs::rename(building, layer, error);
    if (error && !fs::is_directory(layer))
      return fail(
          system_error(ErrorCode::Io, "cannot keep a layer", error.value(), layer.string()));
    return layer;
  }

  const sandbox::images::PullOptions pull_;
  ImageSupply supply_;
  const fs::path scratch_;
  const MakeBox make_box_;
  std::mutex mutex_;
  std::map<std::string, std::string> digests_;  // guarded by mutex_: of images not here yet
};

}  // namespace

std::string image_name(const problems::PatchTask& task) {
  return task.image.empty() ? problems::swe_bench_image(task.instance_id) : task.image;
}

fs::path repository_in_image(const problems::PatchTask& task) {
  // Only rows of SWE-bench Pro have commands that put the tests in place.
  const bool is_pro = !task.before_tests.empty() || !task.selected_tests.empty();
  return is_pro ? "/app" : "/testbed";
}

std::string activation_script() {
  return "unset BASH_ENV\n"
         "if [ -f /opt/miniconda3/bin/activate ]; then\n"
         "  . /opt/miniconda3/bin/activate\n"
         "  if [ -d /opt/miniconda3/envs/testbed ]; then conda activate testbed; fi\n"
         "fi\n";
}

Result<std::unique_ptr<EnvironmentSource>> open_image_environments(
    ImageStore store, const fs::path& scratch, const ImageEnvironmentOptions& options,
    MakeBox make_box) {
  EVAL_TRY(make_directories(scratch));
  return std::make_unique<ImageSource>(std::move(store), fs::absolute(scratch), options,
                                       std::move(make_box));
}

}  // namespace eval::judges::swe
