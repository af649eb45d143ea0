#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "sandbox/images/image_reference.h"

// The program skopeo, which speaks with registries. Credentials are in the usual files (`skopeo login`,
// `docker login`, $REGISTRY_AUTH_FILE). NotFound if skopeo is not installed.
namespace eval::sandbox::images {

struct RegistryAccess {
  bool tls_verify = true;
  int tries = 3;  // of one exchange; what cannot get better is not tried again
  std::stop_token stop = {};
  std::function<void(const std::string&)> narrate = {};  // of tries that follow
};

// The manifest of `reference`, byte for byte. NotFound if the registry has no such image.
Result<std::string> fetch_manifest(const ImageReference& reference, const RegistryAccess& access);

// The config of the image, byte for byte.
Result<std::string> fetch_config(const ImageReference& reference, const RegistryAccess& access);

// Downloads the blobs of an image into `blobs` (as sha256/HEX, whole or not at all), but for those that
// are there. `stage` is an empty folder that takes files while they are downloaded.
Result<void> fetch_blobs(const ImageReference& reference, const fs::path& stage,
                         const fs::path& blobs, const RegistryAccess& access);

}  // namespace eval::sandbox::images
