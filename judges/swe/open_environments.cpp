#include "judges/swe/open_environments.h"

#include <fmt/format.h>

#include "judges/swe/container_environments.h"
#include "judges/swe/image_environments.h"
#include "judges/swe/prepared_environments.h"

namespace eval::judges::swe {
namespace {

// A run asks for each image when it plans, again for the verdict cache, and again to pull; a run that is
// interrupted does all of it again. Docker's hub counts each of these.
constexpr std::chrono::hours kAnswersKeep{24};

Result<std::unique_ptr<EnvironmentSource>> open_images(const fs::path& folder,
                                                       const EnvironmentOptions& options) {
  ImageEnvironmentOptions images;
  for (const std::string& mirror : options.mirrors) {
    images.pull.mirrors.insert(EVAL_TRY(sandbox::images::parse_mirror(mirror)));
  }
  images.pull.tls_verify = options.tls_verify;
  images.pull.narrate = options.narrate;
  images.pull.answers_keep = kAnswersKeep;
  images.keep = options.keep_images;
  auto store = EVAL_TRY(sandbox::images::ImageStore::open(folder, environment_user()));
  return open_image_environments(std::move(store), options.cache / "swe-bench", images,
                                 options.make_box);
}

}  // namespace

Result<std::unique_ptr<EnvironmentSource>> open_environments(std::string_view spec,
                                                             const EnvironmentOptions& options) {
  constexpr std::string_view kPrepared = "prepared:";
  constexpr std::string_view kImages = "images:";
  if (spec == "docker" || spec == "podman") {
    return open_container_environments({.program = std::string(spec),
                                        .scratch = options.cache / "swe-bench/containers",
                                        .narrate = options.narrate});
  }
  if (spec == "images") return open_images(options.cache / "images", options);
  if (spec.starts_with(kImages)) {
    const std::string_view folder = spec.substr(kImages.size());
    if (!folder.empty()) return open_images(folder, options);
  } else if (spec.starts_with(kPrepared)) {
    return open_prepared_environments(spec.substr(kPrepared.size()), options.cache / "swe-bench",
                                      options.make_box);
  } else if (std::error_code error; fs::is_directory(fs::path(spec), error)) {
    return open_prepared_environments(fs::path(spec), options.cache / "swe-bench",
                                      options.make_box);
  }
  return fail(ErrorCode::Usage, fmt::format("\"{}\" does not say where instances run", spec),
              "environments",
              "write images, images:STORE, docker, podman, or a folder with environments.json "
              "(docs/swe-bench.md)");
}

}  // namespace eval::judges::swe
