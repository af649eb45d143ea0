#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace eval::sandbox::images {

// The name of an image, in full: "ubuntu" is docker.io/library/ubuntu:latest.
struct ImageReference {
  std::string registry;    // "docker.io", "localhost:5000"
  std::string repository;  // "swebench/sweb.eval.x86_64.astropy_1776_astropy-12907"
  std::string tag;         // "latest"; empty with a digest
  std::string digest;      // "sha256:..."; empty with a tag

  std::string text() const;
  friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

// BadInput for what is no name of an image; nothing that passes can be taken for an option or a path.
Result<ImageReference> parse_image_reference(std::string_view text);

// Registry, or registry and the beginning of repositories, to what serves it instead:
// {"docker.io", "localhost:5000"}, {"docker.io/swebench", "mirror.example/hub/swebench"}.
using MirrorMap = std::map<std::string, std::string>;

// "docker.io=localhost:5000". BadInput otherwise.
Result<std::pair<std::string, std::string>> parse_mirror(std::string_view text);

// Where `reference` is to be fetched: by the longest entry that it begins with, in whole components.
Result<ImageReference> mirrored(const ImageReference& reference, const MirrorMap& mirrors);

}  // namespace eval::sandbox::images
