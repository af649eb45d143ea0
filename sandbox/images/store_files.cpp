#include "sandbox/images/store_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/hash.h"
#include "base/json.h"

namespace eval::sandbox::images {
namespace {

constexpr int kVersion = 1;
constexpr std::chrono::milliseconds kLockInterval{100};
// Below this the blocks of a few small files say nothing about large layers.
constexpr Bytes kExpansionSample = Bytes::mib(64);

Result<ImageRecord> parse_record(const Json& json) {
  if (EVAL_TRY(read_integer(json, "version", 0)) != kVersion)
    return fail(ErrorCode::Unsupported, "the image was stored by another version");
  ImageRecord record;
  record.reference = EVAL_TRY(read_string(json, "reference"));
  record.digest = EVAL_TRY(read_string(json, "digest"));
  record.config.working_dir = EVAL_TRY(read_string(json, "working_dir"));
  record.config.user = EVAL_TRY(read_string(json, "user"));
  const Json* variables = find_member(json, "environment");
  const Json* layers = find_member(json, "layers");
  if (record.reference.empty() || variables == nullptr || !variables->is_object() ||
      layers == nullptr || !layers->is_array()) {
    return fail(ErrorCode::BadInput, "this is not the record of an image");
  }
  for (const auto& [name, value] : variables->items()) {
    if (value.is_string()) record.config.environment[name] = value.get<std::string>();
  }
  for (const Json& layer : *layers) {
    // It becomes part of a path.
    const std::string id = layer.is_string() ? layer.get<std::string>() : std::string();
    if (id.size() != 71 || id.find('/') != id.npos)
      return fail(ErrorCode::BadInput, "a layer has no digest");
    record.diff_ids.push_back(id);
  }
  return record;
}

std::string key_of(std::string_view reference) {
  return sha256_hex(reference).substr(0, 32);
}

fs::path answer_path(const fs::path& store, std::string_view place) {
  return store / "manifests" / (key_of(place) + ".json");
}

}  // namespace

fs::path record_path(const fs::path& store, std::string_view reference) {
  return store / "images" / (key_of(reference) + ".json");
}

fs::path hold_path(const fs::path& store, std::string_view reference) {
  return store / "images" / (key_of(reference) + ".lock");
}

fs::path layer_path(const fs::path& store, const std::string& diff_id) {
  return store / "layers/sha256" / hex_of(diff_id);
}

fs::path layer_record_path(const fs::path& store, const std::string& diff_id) {
  return layer_path(store, diff_id).string() + ".json";
}

fs::path blob_path(const fs::path& store, const std::string& digest) {
  return store / "blobs/sha256" / hex_of(digest);
}

fs::path building_path(const fs::path& store) {
  return store / "building";
}

Result<std::optional<ImageRecord>> read_record(const fs::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) < 0) {
    if (errno == ENOENT) return std::nullopt;
    return fail(
        system_error(ErrorCode::Io, "an image's record cannot be read", errno, path.string()));
  }
  auto text = read_file(path);
  if (!text && text.error().code == ErrorCode::NotFound) return std::nullopt;
  if (!text) return fail(std::move(text).error());
  const Json json = EVAL_TRY(parse_json(*text, path.string()));
  ImageRecord record = EVAL_TRY_IN(parse_record(json), path.string());
  record.used_ms =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 + status.st_mtim.tv_nsec / 1'000'000;
  return record;
}

Result<void> write_record(const fs::path& path, const ImageRecord& record) {
  Json environment = Json::object();
  for (const auto& [name, value] : record.config.environment) environment[name] = value;
  return write_file(path, to_json_text({{"version", kVersion},
                                        {"reference", record.reference},
                                        {"digest", record.digest},
                                        {"working_dir", record.config.working_dir},
                                        {"user", record.config.user},
                                        {"environment", environment},
                                        {"layers", record.diff_ids}}));
}

Result<std::vector<ImageRecord>> read_records(const fs::path& store) {
  std::vector<ImageRecord> records;
  for (const std::string& name : EVAL_TRY(list_directory(store / "images"))) {
    if (!name.ends_with(".json")) continue;
    auto record = EVAL_TRY(read_record(store / "images" / name));
    if (record) records.push_back(std::move(*record));
  }
  return records;
}

std::optional<LayerRecord> read_layer(const fs::path& store, const std::string& diff_id) {
  std::error_code error;
  if (!fs::is_directory(layer_path(store, diff_id), error)) return std::nullopt;
  const auto text = read_file(layer_record_path(store, diff_id));
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, "layer");
  if (!json) return std::nullopt;
  const auto blob = read_string(*json, "blob");
  const auto disk = read_integer(*json, "disk_bytes", -1);
  if (!blob || !disk || *disk < 0) return std::nullopt;
  const auto size = read_integer(*json, "blob_bytes", 0);
  return LayerRecord{
      *blob, Bytes{static_cast<std::uint64_t>(*disk)},
      Bytes{static_cast<std::uint64_t>(std::max<std::int64_t>(0, size.value_or(0)))}};
}

Result<void> write_layer(const fs::path& store, const std::string& diff_id,
                         const LayerRecord& record) {
  return write_file(layer_record_path(store, diff_id),
                    to_json_text({{"blob", record.blob},
                                  {"blob_bytes", record.size.count},
                                  {"disk_bytes", record.disk.count}}));
}

std::optional<double> measured_expansion(const fs::path& store) {
  const auto names = list_directory(store / "layers/sha256");
  if (!names) return std::nullopt;
  Bytes disk;
  Bytes size;
  for (const std::string& name : *names) {
    if (name.ends_with(".json")) continue;
    const auto layer = read_layer(store, "sha256:" + name);
    if (!layer || layer->size.count == 0) continue;
    disk = disk + layer->disk;
    size = size + layer->size;
  }
  if (size < kExpansionSample) return std::nullopt;
  return static_cast<double>(disk.count) / static_cast<double>(size.count);
}

std::optional<ManifestAnswer> recall_answer(const fs::path& store, std::string_view place,
                                            std::chrono::minutes age) {
  const fs::path path = answer_path(store, place);
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  if (error || fs::file_time_type::clock::now() - written >= age) return std::nullopt;
  const auto text = read_file(path);
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, "answer");
  if (!json) return std::nullopt;
  const auto asked = read_string(*json, "place");
  const auto digest = read_string(*json, "digest");
  const auto manifest = read_string(*json, "manifest");
  const auto config = read_string(*json, "config");
  if (!asked || *asked != place || !digest || !manifest || !config) return std::nullopt;
  if (digest_of(*manifest) != *digest) return std::nullopt;
  return ManifestAnswer{*digest, *manifest, *config};
}

void keep_answer(const fs::path& store, std::string_view place, const ManifestAnswer& answer) {
  static_cast<void>(
      write_file(answer_path(store, place), to_json_text({{"place", place},
                                                          {"digest", answer.digest},
                                                          {"manifest", answer.manifest},
                                                          {"config", answer.config}})));
}

Result<std::optional<UniqueFd>> lock_file(const fs::path& path, LockKind kind, bool wait,
                                          const std::stop_token& stop) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid())
    return fail(system_error(ErrorCode::Io, "a lock cannot be opened", errno, path.string()));
  const int operation = (kind == LockKind::Shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  while (flock(fd.value(), operation) < 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK)
      return fail(system_error(ErrorCode::Io, "a lock cannot be had", errno, path.string()));
    if (!wait) return std::nullopt;
    if (stop.stop_requested())
      return fail(ErrorCode::Cancelled,
                  "waiting for another user of the image store was cancelled");
    std::this_thread::sleep_for(kLockInterval);
  }
  return fd;
}

void remove_tree(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace eval::sandbox::images
