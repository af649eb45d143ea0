#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "sandbox/images/disk_usage.h"
#include "sandbox/images/image_store.h"
#include "sandbox/images/store_files.h"

namespace eval::sandbox::images {
namespace {

// How many images have each layer.
std::map<std::string, int> layer_users(const std::vector<ImageRecord>& records) {
  std::map<std::string, int> users;
  for (const ImageRecord& record : records) {
    const std::set<std::string> own(record.diff_ids.begin(), record.diff_ids.end());
    for (const std::string& id : own) users[id] += 1;
  }
  return users;
}

Bytes disk_of(const fs::path& store, const std::string& diff_id) {
  const auto layer = read_layer(store, diff_id);
  return layer ? layer->disk : Bytes{};
}

Bytes disk_of_all(const fs::path& store, const std::vector<ImageRecord>& records) {
  Bytes sum;
  for (const auto& [id, users] : layer_users(records)) sum = sum + disk_of(store, id);
  return sum;
}

// Layers that no image has; counted by their folders.
Result<int> remove_orphans(const fs::path& store, const std::vector<ImageRecord>& records) {
  std::set<std::string> wanted;
  for (const ImageRecord& record : records) {
    for (const std::string& id : record.diff_ids) wanted.insert(hex_of(id));
  }
  int removed = 0;
  const fs::path folder = store / "layers/sha256";
  for (const std::string& name : EVAL_TRY(list_directory(folder))) {
    if (wanted.contains(name.substr(0, name.find('.')))) continue;
    std::error_code error;
    const bool is_layer = fs::is_directory(folder / name, error);
    // Gone in one step for everybody else, and then file by file.
    const fs::path trash = building_path(store) / fmt::format("trash-{:016x}", random_bits());
    fs::rename(folder / name, trash, error);
    if (error)
      return fail(system_error(ErrorCode::Io, "a layer cannot be removed", error.value(), name));
    remove_tree(trash);
    if (is_layer) removed += 1;
  }
  return removed;
}

Result<void> remove_leftovers(const fs::path& store) {
  for (const fs::path& folder : {building_path(store), store / "blobs/sha256"}) {
    for (const std::string& name : EVAL_TRY(list_directory(folder))) remove_tree(folder / name);
  }
  return {};
}

}  // namespace

Result<Pruned> ImageStore::prune(const PruneOptions& options) {
  const auto lock = EVAL_TRY(lock_file(folder_ / "lock", LockKind::Exclusive, false));
  if (!lock) {
    return fail(ErrorCode::Busy, "another process changes the image store", folder_.string(),
                "try again when it is done");
  }
  const Bytes before = EVAL_TRY(disk_usage(folder_));
  Pruned pruned;
  std::vector<ImageRecord> records = EVAL_TRY(read_records(folder_));
  std::stable_sort(records.begin(), records.end(),
                   [](const auto& a, const auto& b) { return a.used_ms < b.used_ms; });
  for (auto record = records.begin(); !options.unused_only && record != records.end();) {
    if (options.keep.count > 0 && disk_of_all(folder_, records) <= options.keep) break;
    const auto held =
        EVAL_TRY(lock_file(hold_path(folder_, record->reference), LockKind::Exclusive, false));
    if (!held) {
      pruned.in_use += 1;
      ++record;
      continue;
    }
    std::error_code error;
    fs::remove(record_path(folder_, record->reference), error);
    if (error) {
      return fail(system_error(ErrorCode::Io, "an image cannot be removed", error.value(),
                               record->reference));
    }
    pruned.images.push_back(record->reference);
    record = records.erase(record);
  }
  pruned.layers = EVAL_TRY(remove_orphans(folder_, records));
  EVAL_TRY(remove_leftovers(folder_));
  const Bytes after = EVAL_TRY(disk_usage(folder_));
  pruned.freed.count = before.count - std::min(before.count, after.count);
  return pruned;
}

Result<StoreUsage> ImageStore::usage() const {
  const std::vector<ImageRecord> records = EVAL_TRY(read_records(folder_));
  const std::map<std::string, int> users = layer_users(records);
  StoreUsage usage;
  for (const ImageRecord& record : records) {
    StoreUsage::Image image{record.reference, {}, {}};
    const std::set<std::string> own(record.diff_ids.begin(), record.diff_ids.end());
    for (const std::string& id : own) {
      const Bytes disk = disk_of(folder_, id);
      image.total = image.total + disk;
      if (users.at(id) == 1) image.own = image.own + disk;
    }
    usage.images.push_back(image);
  }
  usage.total = EVAL_TRY(disk_usage(folder_));
  return usage;
}

}  // namespace eval::sandbox::images
