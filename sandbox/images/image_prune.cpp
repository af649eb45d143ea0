#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/random.h"
#include "sandbox/images/disk_usage.h"
#include "sandbox/images/image_store.h"
#include "sandbox/images/store_files.h"

namespace eval::sandbox::images {
namespace {

struct CountedLayer {
  Bytes disk;
  int users = 0;  // images that have it
};
using CountedLayers = std::map<std::string, CountedLayer>;

void add_user(const fs::path& store, const std::vector<std::string>& diff_ids,
              CountedLayers& layers) {
  for (const std::string& id : std::set<std::string>(diff_ids.begin(), diff_ids.end())) {
    const auto [layer, is_new] = layers.try_emplace(id);
    if (const auto known = is_new ? read_layer(store, id) : std::nullopt)
      layer->second.disk = known->disk;
    layer->second.users += 1;
  }
}

CountedLayers count_layers(const fs::path& store, const std::vector<ImageRecord>& records) {
  CountedLayers layers;
  for (const ImageRecord& record : records) add_user(store, record.diff_ids, layers);
  return layers;
}

Bytes sum_of(const CountedLayers& layers) {
  Bytes sum;
  for (const auto& [id, layer] : layers) sum = sum + layer.disk;
  return sum;
}

// What becomes free: the layers that nobody else has.
Bytes remove_user(const std::vector<std::string>& diff_ids, CountedLayers& layers) {
  Bytes freed;
  for (const std::string& id : std::set<std::string>(diff_ids.begin(), diff_ids.end())) {
    const auto layer = layers.find(id);
    layer->second.users -= 1;
    if (layer->second.users > 0) continue;
    freed = freed + layer->second.disk;
    layers.erase(layer);
  }
  return freed;
}

// By what the files took; what cannot be counted counts nothing.
void remove_counted(const fs::path& path, Bytes& freed) {
  freed = freed + disk_usage(path).value_or(Bytes{});
  remove_tree(path);
}

// Layers that are not wanted any more; counted by their folders.
Result<void> remove_orphans(const fs::path& store, const CountedLayers& wanted, Pruned& pruned) {
  const fs::path folder = store / "layers/sha256";
  for (const std::string& name : EVAL_TRY(list_directory(folder))) {
    if (wanted.contains("sha256:" + name.substr(0, name.find('.')))) continue;
    std::error_code error;
    const bool is_layer = fs::is_directory(folder / name, error);
    // Gone in one step for everybody else, and then file by file.
    const fs::path trash = building_path(store) / fmt::format("trash-{:016x}", random_bits());
    fs::rename(folder / name, trash, error);
    if (error)
      return fail(system_error(ErrorCode::Io, "a layer cannot be removed", error.value(), name));
    remove_counted(trash, pruned.freed);
    if (is_layer) pruned.layers += 1;
  }
  return {};
}

Result<void> remove_leftovers(const fs::path& store, Bytes& freed) {
  for (const fs::path& folder :
       {building_path(store), store / "blobs/sha256", store / "manifests"}) {
    for (const std::string& name : EVAL_TRY(list_directory(folder)))
      remove_counted(folder / name, freed);
  }
  return {};
}

// What the layers may take afterwards; nullopt: nothing is to stay.
std::optional<Bytes> target_of(const PruneOptions& options, Bytes now) {
  if (options.keep.count > 0) return options.keep;
  if (options.release.count > 0)
    return Bytes{now.count - std::min(now.count, options.release.count)};
  return std::nullopt;
}

// False if somebody runs it.
Result<bool> remove_image(const fs::path& store, const ImageRecord& record) {
  const auto held =
      EVAL_TRY(lock_file(hold_path(store, record.reference), LockKind::Exclusive, false));
  if (!held) return false;
  std::error_code error;
  fs::remove(record_path(store, record.reference), error);
  if (!error) return true;
  return fail(
      system_error(ErrorCode::Io, "an image cannot be removed", error.value(), record.reference));
}

}  // namespace

Result<Pruned> ImageStore::prune(const PruneOptions& options) {
  const auto lock = EVAL_TRY(lock_file(folder_ / "lock", LockKind::Exclusive, false));
  if (!lock) {
    return fail(ErrorCode::Busy, "another process changes the image store", folder_.string(),
                "try again when it is done");
  }
  Pruned pruned;
  std::vector<ImageRecord> records = EVAL_TRY(read_records(folder_));
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.used_ms < b.used_ms; });
  CountedLayers layers = count_layers(folder_, records);
  add_user(folder_, options.spare, layers);
  Bytes now = sum_of(layers);
  const std::optional<Bytes> target = target_of(options, now);
  for (const ImageRecord& record : records) {
    if (options.unused_only || (target && now <= *target)) break;
    if (options.may_go && !options.may_go(record.reference)) continue;
    if (!EVAL_TRY(remove_image(folder_, record))) {
      pruned.in_use += 1;
      continue;
    }
    pruned.images.push_back(record.reference);
    now.count -= remove_user(record.diff_ids, layers).count;
  }
  EVAL_TRY(remove_orphans(folder_, layers, pruned));
  if (!options.may_go) EVAL_TRY(remove_leftovers(folder_, pruned.freed));
  return pruned;
}

Result<Bytes> ImageStore::layers_bytes() const {
  return sum_of(count_layers(folder_, EVAL_TRY(read_records(folder_))));
}

Result<StoreUsage> ImageStore::usage() const {
  const std::vector<ImageRecord> records = EVAL_TRY(read_records(folder_));
  const CountedLayers layers = count_layers(folder_, records);
  StoreUsage usage;
  for (const ImageRecord& record : records) {
    StoreUsage::Image image{record.reference, {}, {}};
    const std::set<std::string> own(record.diff_ids.begin(), record.diff_ids.end());
    for (const std::string& id : own) {
      const CountedLayer& layer = layers.at(id);
      image.total = image.total + layer.disk;
      if (layer.users == 1) image.own = image.own + layer.disk;
    }
    usage.images.push_back(image);
  }
  usage.total = EVAL_TRY(disk_usage(folder_));
  return usage;
}

}  // namespace eval::sandbox::images
