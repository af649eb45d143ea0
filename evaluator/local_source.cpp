#include "evaluator/local_source.h"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "evaluator/replay_source.h"
#include "evaluator/template_renderer.h"
#include "runners/local/engine/local_runner.h"
#include "sandbox/linux_sandbox.h"

namespace eval::evaluator {
namespace {

namespace local = runners::local;

Result<std::optional<Bytes>> memory_of(const RunSettings& settings, local::Device device) {
  const bool is_cuda = device == local::Device::Cuda;
  const std::string& text = is_cuda ? settings.gpu_memory : settings.cpu_memory;
  if (text.empty()) return std::optional<Bytes>();
  return std::optional<Bytes>(
      EVAL_TRY_IN(parse_bytes(text), is_cuda ? "--gpu-memory" : "--cpu-memory"));
}

// A box for chat templates, built when the first one has to be rendered. Where none can be built a
// template that is known natively does without.
class LazyRenderer {
 public:
  Result<std::vector<std::string>> operator()(std::string_view chat_template,
                                              const std::vector<Json>& variables) {
    const std::lock_guard lock(mutex_);
    if (!box_) {
      auto made = sandbox::create_linux_sandbox({.boxes = 1, .pin = false});
      if (!made) {
        Error error = std::move(made).error().in("chat template");
        error.code = ErrorCode::Unsupported;
        return fail(std::move(error));
      }
      box_ = *std::move(made);
    }
    return boxed_template_renderer(*box_)(chat_template, variables);
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<sandbox::Sandbox> box_;  // guarded by mutex_
};

}  // namespace

Result<local::LocalModelOptions> local_options(const RunSettings& settings,
                                               const std::string& folder) {
  local::LocalModelOptions options;
  options.dir = folder;
  options.device.device = EVAL_TRY(local::choose_device(settings.device));
  const auto format = local::weight_format_from_name(settings.dtype);
  if (!format) {
    return fail(ErrorCode::Usage, fmt::format("there is no dtype \"{}\"", settings.dtype), {},
                "use bf16, f32 or int8");
  }
  options.device.format = *format;
  options.device.threads = settings.threads.value_or(0);
  options.memory = EVAL_TRY(memory_of(settings, options.device.device));
  if (settings.context) options.context = *settings.context;
  if (settings.generate_workers > 0) options.concurrency = settings.generate_workers;
  options.renderer = [renderer = std::make_shared<LazyRenderer>()](
                         std::string_view chat_template, const std::vector<Json>& variables) {
    return (*renderer)(chat_template, variables);
  };
  return options;
}

Result<LocalChoice> local_choice(const RunSettings& settings) {
  const local::Device device = EVAL_TRY(local::choose_device(settings.device));
  return LocalChoice{std::string(local::device_name(device)), settings.dtype, settings.context};
}

Result<void> adopt_local(const RunManifest& manifest, RunSettings& settings) {
  const ModelSpec spec = EVAL_TRY(parse_model(manifest.model));
  if (spec.kind != ModelSpec::Kind::Local || !manifest.local) {
    return fail(ErrorCode::Usage,
                fmt::format("run \"{}\" is of model \"{}\", which did not run in this process",
                            manifest.run_id, manifest.model),
                {}, "only completions of local models are known by their tokens");
  }
  settings.model = manifest.model;
  settings.device = manifest.local->device;
  settings.dtype = manifest.local->dtype;
  settings.context = manifest.local->context;
  return {};
}

Result<std::unique_ptr<runners::Runner>> make_local_source(const RunSettings& settings,
                                                           const std::string& folder,
                                                           const LocalLoading& loading) {
  local::LocalModelOptions options = EVAL_TRY(local_options(settings, folder));
  options.plan_only = loading.plan_only;
  return local::make_local_runner(EVAL_TRY(local::LocalModel::open(options, loading.hooks)));
}

}  // namespace eval::evaluator
