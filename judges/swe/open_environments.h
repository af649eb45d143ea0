#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "judges/swe/environment.h"

namespace eval::judges::swe {

struct EnvironmentOptions {
  fs::path
      cache;  // layers and working copies of prepared environments; the image store: `cache`/images
  // Where images come from instead: "docker.io=localhost:5000".
  std::vector<std::string> mirrors = {};
  bool tls_verify = true;
  Bytes keep_images = {};  // see ImageEnvironmentOptions::keep
  std::function<void(const std::string&)> narrate = {};
  MakeBox make_box = {};
};

// Where instances run, from what a user wrote:
//   FOLDER or prepared:FOLDER   prepared environments (prepared_environments.h)
//   images or images:STORE      images (image_environments.h), pulled where missing
//   docker or podman            containers of that engine (container_environments.h)
// A folder of such a name is written with a slash in it.
// Usage for anything else.
Result<std::unique_ptr<EnvironmentSource>> open_environments(std::string_view spec,
                                                             const EnvironmentOptions& options);

}  // namespace eval::judges::swe
