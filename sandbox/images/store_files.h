#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/images/image_manifest.h"

// The files of an image store; see image_store.h for what lies where.
namespace eval::sandbox::images {

struct ImageRecord {
  std::string reference;
  std::string digest;
  std::vector<std::string> diff_ids;  // of its layers, lowest first
  ImageConfig config;
  std::int64_t used_ms = 0;  // the file's time
};

struct LayerRecord {
  std::string blob;  // digest of the blob it came from
  Bytes disk;        // what it takes unpacked
  Bytes size;        // of the blob; 0: not known
};

// What a registry said of an image.
struct ManifestAnswer {
  std::string digest;    // of the manifest
  std::string manifest;  // both byte for byte
  std::string config;
};

fs::path record_path(const fs::path& store, std::string_view reference);
fs::path hold_path(const fs::path& store, std::string_view reference);
fs::path layer_path(const fs::path& store, const std::string& diff_id);
fs::path layer_record_path(const fs::path& store, const std::string& diff_id);
fs::path blob_path(const fs::path& store, const std::string& digest);
fs::path building_path(const fs::path& store);

// nullopt if there is none.
Result<std::optional<ImageRecord>> read_record(const fs::path& path);
Result<void> write_record(const fs::path& path, const ImageRecord& record);
Result<std::vector<ImageRecord>> read_records(const fs::path& store);

// nullopt if the layer is not there or not whole.
std::optional<LayerRecord> read_layer(const fs::path& store, const std::string& diff_id);
Result<void> write_layer(const fs::path& store, const std::string& diff_id,
                         const LayerRecord& record);

// Layers on disk to the bytes they were transferred as, of all that are here; nullopt: too few to tell.
std::optional<double> measured_expansion(const fs::path& store);

// By the place it was asked of ("localhost:5000/team/image:latest"). nullopt if it was not, or longer ago than
// `age`. What cannot be kept is asked again.
std::optional<ManifestAnswer> recall_answer(const fs::path& store, std::string_view place,
                                            std::chrono::minutes age);
void keep_answer(const fs::path& store, std::string_view place, const ManifestAnswer& answer);

enum class LockKind { Shared, Exclusive };
// Waits for the lock, or not: then nullopt if another one has it. Cancelled when stopped.
Result<std::optional<UniqueFd>> lock_file(const fs::path& path, LockKind kind, bool wait,
                                          const std::stop_token& stop = {});

// What cannot be removed stays, for the next prune.
void remove_tree(const fs::path& path);

}  // namespace eval::sandbox::images
