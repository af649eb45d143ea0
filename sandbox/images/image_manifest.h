#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

// What registries say about an image: OCI image manifests and docker's schema 2, and lists of either.
namespace eval::sandbox::images {

struct Blob {
  std::string digest;  // "sha256:..."
  Bytes size;          // as it is transferred
  friend bool operator==(const Blob&, const Blob&) = default;
};

struct ImageManifest {
  Blob config;
  std::vector<Blob> layers;  // lowest first
  friend bool operator==(const ImageManifest&, const ImageManifest&) = default;
};

struct ImageConfig {
  std::vector<std::string> diff_ids;  // digests of the layers' tar files, lowest first
  std::map<std::string, std::string> environment;
  std::string working_dir;
  std::string user;
  friend bool operator==(const ImageConfig&, const ImageConfig&) = default;
};

// The digest of the manifest for Linux on `architecture` ("amd64") in a list of manifests; nullopt if
// the text is no list. NotFound if the list has none, and says which it has.
Result<std::optional<std::string>> pick_platform(std::string_view text,
                                                 std::string_view architecture);

// BadInput for what is no manifest, digests other than SHA-256 included; Unsupported for schema 1.
Result<ImageManifest> read_image_manifest(std::string_view text);

Result<ImageConfig> read_image_config(std::string_view text);

// "sha256:" and the digest of `text`.
std::string digest_of(std::string_view text);

// The 64 hex digits of a digest that has been read by one of the functions above.
std::string hex_of(std::string_view digest);

// This machine's name in manifests: "amd64", "arm64".
std::string_view own_architecture();

}  // namespace eval::sandbox::images
