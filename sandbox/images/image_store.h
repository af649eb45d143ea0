#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/images/image_manifest.h"
#include "sandbox/images/image_reference.h"

// A folder of images, pulled from registries and unpacked for ImageRoot.
//
//   images/HEX.json       one image: name, digests, layers; its time is that of its last use
//   images/HEX.lock       held (flock) by those who run it
//   layers/sha256/HEX/    one unpacked layer, by the digest of its tar: once, whoever has it
//   layers/sha256/HEX.json  what is known about it
//   blobs/sha256/HEX      downloaded and not yet unpacked: what an interrupted pull goes on from
//   building/             what is being made; renamed when whole
//   lock                  held by whoever changes the store
namespace eval::sandbox::images {

struct StoredImage {
  std::string reference;         // in full: "docker.io/library/ubuntu:22.04"
  std::string digest;            // of its manifest for this machine: "sha256:..."
  std::vector<fs::path> layers;  // lowest first, none twice; for ImageRoot
  std::map<std::string, std::string> environment;
  std::string working_dir;
  std::string user;          // whom its programs were meant to run as; "" is root
  Bytes bytes;               // its layers on disk, shared ones included
  std::int64_t used_ms = 0;  // Unix time
  friend bool operator==(const StoredImage&, const StoredImage&) = default;
};

struct PullOptions {
  MirrorMap mirrors = {};
  bool tls_verify = true;
  int tries = 3;
  Bytes reserve = Bytes::gib(1);  // of the disk, to be left free
  std::function<void(const std::string&)> narrate = {};
  std::function<void(Bytes done, Bytes total)> progress = {};  // of the download; any thread
};

// What a pull would do.
struct PullPlan {
  ImageReference reference;  // as asked for
  ImageReference source;     // where it comes from, by digest
  std::string digest;
  ImageManifest manifest;
  ImageConfig config;
  int layers_here = 0;  // unpacked already
  Bytes download;       // of what is not here
  Bytes shared;         // of what is, as it would have been transferred
  Bytes disk;           // a guess at what will be needed, download and unpacked layers together
};

struct PulledImage {
  StoredImage image;
  Bytes downloaded;
  Bytes shared;
  int layers = 0;
  int layers_shared = 0;
};

struct PruneOptions {
  Bytes keep = {};           // images go, least recently used first, until the layers fit in this
  bool unused_only = false;  // no image goes; only what belongs to none
};

struct Pruned {
  std::vector<std::string> images;
  int layers = 0;
  Bytes freed;
  int in_use = 0;  // images that would have gone but are being run
};

struct StoreUsage {
  struct Image {
    std::string reference;
    Bytes total;  // its layers
    Bytes own;    // those that no other image has
  };
  std::vector<Image> images;
  Bytes total;  // of the whole folder, as du counts it
};

// Thread-safe, and safe to use from several processes.
class ImageStore {
 public:
  // Made if missing. `owner` is whose all unpacked files shall be; only root can choose.
  static Result<ImageStore> open(const fs::path& folder, unsigned owner);

  const fs::path& folder() const { return folder_; }

  // By any spelling of its name. nullopt if it is not here, or not whole.
  Result<std::optional<StoredImage>> find(std::string_view reference) const;

  // Most recently used first.
  Result<std::vector<StoredImage>> list() const;

  // Asks the registry; changes nothing.
  Result<PullPlan> plan(std::string_view reference, const PullOptions& options,
                        std::stop_token stop) const;

  // Downloads and unpacks what is missing of the image. Refuses before it starts when the disk has no room
  // (Infrastructure, with figures). Waits while another one changes the store.
  Result<PulledImage> pull(std::string_view reference, const PullOptions& options,
                           std::stop_token stop);

  // While the descriptor is open the image is not pruned. Marks it as used. NotFound if it is not here.
  Result<UniqueFd> hold(std::string_view reference) const;

  Result<Pruned> prune(const PruneOptions& options);

  Result<StoreUsage> usage() const;

 private:
  ImageStore(fs::path folder, unsigned owner) : folder_(std::move(folder)), owner_(owner) {}

  Result<void> fetch(const PullPlan& plan, const PullOptions& options, std::stop_token stop) const;
  Result<void> unpack(const Blob& blob, const std::string& diff_id) const;

  fs::path folder_;
  unsigned owner_;
};

}  // namespace eval::sandbox::images
