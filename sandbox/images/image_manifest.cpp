#include "sandbox/images/image_manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace eval::sandbox::images {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::size_t kLayersMax = 256;  // docker stops at 127

Result<std::string> checked_digest(std::string digest) {
  if (digest.size() == kPrefix.size() + 64 && digest.starts_with(kPrefix) &&
      digest.find_first_not_of("0123456789abcdef", kPrefix.size()) == digest.npos) {
    return digest;
  }
  return fail(ErrorCode::BadInput,
              fmt::format("\"{}\" is not a SHA-256 digest", shorten(to_valid_utf8(digest), 100)));
}

Result<Blob> read_blob(const Json& json) {
  Blob blob;
  blob.digest = EVAL_TRY(read_string(json, "digest").and_then(checked_digest));
  const std::int64_t size = EVAL_TRY(read_integer(json, "size", -1));
  if (size < 0) return fail(ErrorCode::BadInput, "a manifest does not say how large a blob is");
  blob.size.count = static_cast<std::uint64_t>(size);
  return blob;
}

Result<const Json*> list_of(const Json& json, std::string_view key) {
  const Json* list = find_member(json, key);
  if (list == nullptr || !list->is_array())
    return fail(ErrorCode::BadInput, fmt::format("there is no list \"{}\"", key));
  return list;
}

}  // namespace

Result<std::optional<std::string>> pick_platform(std::string_view text,
                                                 std::string_view architecture) {
  const Json json = EVAL_TRY(parse_json(text, "manifest"));
  const Json* manifests = find_member(json, "manifests");
  if (manifests == nullptr) return std::nullopt;
  if (!manifests->is_array())
    return fail(ErrorCode::BadInput, "\"manifests\" is not a list", "manifest");
  std::vector<std::string> others;
  for (const Json& entry : *manifests) {
    const Json* platform = find_member(entry, "platform");
    if (platform == nullptr) continue;
    const std::string system = EVAL_TRY(read_string(*platform, "os"));
    const std::string machine = EVAL_TRY(read_string(*platform, "architecture"));
    if (system == "linux" && machine == architecture)
      return EVAL_TRY(read_string(entry, "digest").and_then(checked_digest));
    others.push_back(system + "/" + machine);
  }
  return fail(ErrorCode::NotFound, fmt::format("the image is not there for linux/{}", architecture),
              "manifest", "it is for " + (others.empty() ? "nothing" : join(others, ", ")));
}

Result<ImageManifest> read_image_manifest(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "manifest"));
  const std::int64_t version = EVAL_TRY_IN(read_integer(json, "schemaVersion", 0), "manifest");
  if (version == 1) {
    return fail(ErrorCode::Unsupported, "manifests of schema 1 are not read", "manifest",
                "push the image again with a newer client");
  }
  const Json* config = find_member(json, "config");
  if (version != 2 || config == nullptr)
    return fail(ErrorCode::BadInput, "this is not the manifest of an image", "manifest");
  ImageManifest manifest;
  manifest.config = EVAL_TRY_IN(read_blob(*config), "manifest");
  const Json* layers = EVAL_TRY_IN(list_of(json, "layers"), "manifest");
  if (layers->size() > kLayersMax)
    return fail(ErrorCode::BadInput, "the image has too many layers", "manifest");
  for (const Json& layer : *layers) {
    manifest.layers.push_back(EVAL_TRY_IN(read_blob(layer), "manifest"));
  }
  return manifest;
}

Result<ImageConfig> read_image_config(std::string_view text) {
  const Json json = EVAL_TRY(parse_json(text, "image config"));
  ImageConfig config;
  const Json* rootfs = find_member(json, "rootfs");
  if (rootfs == nullptr) return fail(ErrorCode::BadInput, "there is no \"rootfs\"", "image config");
  const Json* ids = EVAL_TRY_IN(list_of(*rootfs, "diff_ids"), "image config");
  for (const Json& id : *ids) {
    if (!id.is_string()) return fail(ErrorCode::BadInput, "a diff id is no text", "image config");
    config.diff_ids.push_back(EVAL_TRY_IN(checked_digest(id.get<std::string>()), "image config"));
  }
  const Json* container = find_member(json, "config");
  if (container == nullptr) return config;
  config.working_dir = EVAL_TRY_IN(read_string(*container, "WorkingDir"), "image config");
  config.user = EVAL_TRY_IN(read_string(*container, "User"), "image config");
  const Json* variables = find_member(*container, "Env");
  if (variables == nullptr || !variables->is_array()) return config;
  for (const Json& variable : *variables) {
    if (!variable.is_string()) continue;
    const std::string line = variable.get<std::string>();
    const std::size_t equals = line.find('=');
    if (equals == line.npos || equals == 0 || line.find('\0') != line.npos) continue;
    config.environment[line.substr(0, equals)] = line.substr(equals + 1);
  }
  return config;
}

std::string digest_of(std::string_view text) {
  return std::string(kPrefix) + sha256_hex(text);
}

std::string hex_of(std::string_view digest) {
  return std::string(digest.substr(kPrefix.size()));
}

std::string_view own_architecture() {
#if defined(__aarch64__)
  return "arm64";
#else
  return "amd64";
#endif
}

}  // namespace eval::sandbox::images
