#include "sandbox/images/image_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"
#include "sandbox/images/disk_usage.h"
#include "sandbox/images/skopeo.h"
#include "sandbox/images/store_files.h"
#include "sandbox/images/unpack_layer.h"

// Theory of operation. The manifest says how large an image's blobs are, the config which tar files are in
// them; both are checked against their digests, so that what is missing is known before anything is
// downloaded. skopeo leaves out blobs that lie in its blob folder. A layer that is unpacked has no blob any
// more: for the time of a copy a file without content stands in for it. Blobs are deleted once unpacked.
namespace eval::sandbox::images {
namespace {

constexpr std::chrono::seconds kProgressInterval{1};

// A folder, removed when this goes.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { remove_tree(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

void say(const PullOptions& options, const std::string& line) {
  if (options.narrate) options.narrate(line);
}

// Files without content that make skopeo believe that a blob is there; gone with this object.
class StandIns {
 public:
  StandIns() = default;
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;
  ~StandIns() {
    for (const fs::path& path : paths_) unlink(path.c_str());
  }
  Result<void> add(const fs::path& path, Bytes size) {
    const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.valid() && errno == EEXIST) return {};
    if (!file.valid() || ftruncate(file.value(), static_cast<off_t>(size.count)) < 0)
      return fail(system_error(ErrorCode::Io, "a file cannot be made", errno, path.string()));
    paths_.push_back(path);
    return {};
  }

 private:
  std::vector<fs::path> paths_;
};

// Tells every second how much lies in the folder of a download.
class DownloadWatch {
 public:
  DownloadWatch(const PullOptions& options, std::vector<fs::path> files, fs::path stage,
                Bytes total)
      : thread_([&options, files = std::move(files), stage = std::move(stage),
                 total](const std::stop_token& done) {
          if (!options.progress) return;
          std::mutex mutex;
          std::condition_variable_any changed;
          std::unique_lock lock(mutex);
          while (!changed.wait_for(lock, done, kProgressInterval,
                                   [&done] { return done.stop_requested(); })) {
            Bytes sum;
            std::error_code error;
            for (const fs::path& file : files) {
              const auto size = fs::file_size(file, error);
              if (!error) sum.count += size;
            }
            for (const auto& entry : fs::directory_iterator(stage, error)) {
              const auto size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
              if (!error) sum.count += size;
            }
            options.progress(std::min(sum, total), total);
          }
        }) {}

 private:
  std::jthread thread_;
};

StoredImage image_of(const fs::path& store, const ImageRecord& record) {
  StoredImage image;
  image.reference = record.reference;
  image.digest = record.digest;
  image.environment = record.config.environment;
  image.working_dir = record.config.working_dir;
  image.user = record.config.user;
  image.used_ms = record.used_ms;
  // overlayfs takes no folder twice. Of two equal layers the higher one decides every name that both have.
  std::set<std::string> seen;
  for (auto id = record.diff_ids.rbegin(); id != record.diff_ids.rend(); ++id) {
    if (!seen.insert(*id).second) continue;
    const auto layer = read_layer(store, *id);
    if (layer) image.bytes = image.bytes + layer->disk;
    image.layers.insert(image.layers.begin(), layer_path(store, *id));
  }
  return image;
}

bool is_whole(const fs::path& store, const ImageRecord& record) {
  return !record.diff_ids.empty() &&
         std::all_of(record.diff_ids.begin(), record.diff_ids.end(),
                     [&store](const std::string& id) { return read_layer(store, id).has_value(); });
}

Result<void> check_room(const fs::path& folder, const PullPlan& plan, Bytes reserve) {
  const Bytes free = EVAL_TRY(disk_free(folder));
  if (plan.disk + reserve <= free) return {};
  return fail(
      ErrorCode::Infrastructure,
      fmt::format("{} does not fit on the disk: it needs about {} ({} to download), {} are to stay "
                  "free, and {} are free",
                  plan.reference.text(), to_string(plan.disk), to_string(plan.download),
                  to_string(reserve), to_string(free)),
      folder.string(), "`evalctl env prune` makes room, or choose another folder for the store");
}

}  // namespace

Result<ImageStore> ImageStore::open(const fs::path& folder, unsigned owner) {
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  for (const char* name : {"images", "layers/sha256", "blobs/sha256", "building", "manifests"}) {
    EVAL_TRY(make_directories(absolute / name));
  }
  return ImageStore(absolute, owner);
}

Result<std::optional<StoredImage>> ImageStore::find(std::string_view reference) const {
  const std::string name = EVAL_TRY(parse_image_reference(reference)).text();
  const auto record = EVAL_TRY(read_record(record_path(folder_, name)));
  if (!record || !is_whole(folder_, *record)) return std::nullopt;
  return image_of(folder_, *record);
}

Result<std::vector<StoredImage>> ImageStore::list() const {
  std::vector<StoredImage> images;
  for (const ImageRecord& record : EVAL_TRY(read_records(folder_))) {
    if (is_whole(folder_, record)) images.push_back(image_of(folder_, record));
  }
  std::stable_sort(images.begin(), images.end(),
                   [](const auto& a, const auto& b) { return a.used_ms > b.used_ms; });
  return images;
}

Result<void> ImageStore::fetch(const PullPlan& plan, const PullOptions& options,
                               std::stop_token stop) const {
  if (plan.download.count == 0) return {};
  const Scratch stage(building_path(folder_) / fmt::format("stage-{:016x}", random_bits()));
  EVAL_TRY(make_directories(stage.path()));
  StandIns stand_ins;
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    const Blob& blob = plan.manifest.layers[i];
    const fs::path path = blob_path(folder_, blob.digest);
    if (plan.layers[i].here) {
      EVAL_TRY(stand_ins.add(path, blob.size));
    } else if (plan.layers[i].download.count > 0) {
      unlink(path.c_str());  // a stand-in that a killed process left behind
      files.push_back(path);
    }
  }
  const DownloadWatch watch(options, files, stage.path(), plan.download);
  return fetch_blobs(plan.source, stage.path(), folder_ / "blobs",
                     {options.tls_verify, options.tries, std::move(stop), options.narrate});
}

Result<void> ImageStore::unpack(const Blob& blob, const std::string& diff_id) const {
  const fs::path file = blob_path(folder_, blob.digest);
  const Scratch building(building_path(folder_) / fmt::format("layer-{:016x}", random_bits()));
  EVAL_TRY(make_directories(building.path()));
  if (geteuid() == 0 && chown(building.path().c_str(), owner_, owner_) < 0)
    return fail(system_error(ErrorCode::Io, "a folder cannot be given away", errno,
                             building.path().string()));
  auto layer = unpack_layer(file, building.path(), {.owner = owner_});
  // Both digests: of what was downloaded, and of what is in it, by which the layer is shared.
  if (layer && "sha256:" + layer->digests.file != blob.digest) {
    layer = fail(ErrorCode::BadInput, "a layer is not what its digest says", blob.digest);
  } else if (layer && "sha256:" + layer->digests.content != diff_id) {
    layer =
        fail(ErrorCode::BadInput, "a layer does not hold what the image's config says", diff_id);
  }
  if (!layer) {
    unlink(file.c_str());  // a fresh download may be better
    return fail(std::move(layer).error());
  }
  const Bytes disk = EVAL_TRY(disk_usage(building.path()));
  const UniqueFd folder(::open(building.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // After a power cut a renamed folder must not hold empty files.
  if (!folder.valid() || syncfs(folder.value()) < 0)
    return fail(system_error(ErrorCode::Io, "a layer cannot be written", errno, diff_id));
  std::error_code error;
  remove_tree(layer_path(folder_, diff_id));
  fs::rename(building.path(), layer_path(folder_, diff_id), error);
  if (error)
    return fail(system_error(ErrorCode::Io, "a layer cannot be kept", error.value(), diff_id));
  EVAL_TRY(write_layer(folder_, diff_id, {blob.digest, disk, blob.size}));
  unlink(file.c_str());
  return {};
}

Result<PulledImage> ImageStore::pull(std::string_view reference, const PullOptions& options,
                                     std::stop_token stop) {
  const auto lock = EVAL_TRY(lock_file(folder_ / "lock", LockKind::Exclusive, true, stop));
  const PullPlan plan = EVAL_TRY(this->plan(reference, options, stop));
  say(options, fmt::format("{}: {} layers, {} here; {} to download, {} shared",
                           plan.reference.text(), plan.manifest.layers.size(), plan.layers_here,
                           to_string(plan.download), to_string(plan.shared)));
  EVAL_TRY(check_room(folder_, plan, plan.disk.count == 0 ? Bytes{} : options.reserve));
  EVAL_TRY(fetch(plan, options, stop));
  for (std::size_t i = 0; i < plan.manifest.layers.size(); ++i) {
    if (stop.stop_requested()) return fail(ErrorCode::Cancelled, "pulling an image was cancelled");
    if (read_layer(folder_, plan.config.diff_ids[i])) continue;
    EVAL_TRY_IN(unpack(plan.manifest.layers[i], plan.config.diff_ids[i]), plan.reference.text());
  }
  // The config's blob, and others that came along.
  unlink(blob_path(folder_, plan.manifest.config.digest).c_str());
  ImageRecord record{plan.reference.text(), plan.digest, plan.config.diff_ids, plan.config, 0};
  EVAL_TRY(write_record(record_path(folder_, record.reference), record));
  auto image = EVAL_TRY(find(record.reference));
  if (!image) return fail(ErrorCode::Internal, "a pulled image is not whole", record.reference);
  return PulledImage{std::move(*image), plan.download, plan.shared,
                     static_cast<int>(plan.manifest.layers.size()), plan.layers_here};
}

Result<UniqueFd> ImageStore::hold(std::string_view reference) const {
  const std::string name = EVAL_TRY(parse_image_reference(reference)).text();
  auto lock = EVAL_TRY(lock_file(hold_path(folder_, name), LockKind::Shared, true));
  if (!EVAL_TRY(find(name)))
    return fail(ErrorCode::NotFound, fmt::format("the image {} is not in the store", name));
  // The record's time is that of the last use; a store that cannot be written is used all the same.
  utimensat(AT_FDCWD, record_path(folder_, name).c_str(), nullptr, 0);
  return std::move(*lock);
}

}  // namespace eval::sandbox::images
