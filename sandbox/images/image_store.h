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
#include "sandbox/images/pull_plan.h"

// A folder of images, pulled from registries and unpacked for ImageRoot.
//
//   images/HEX.json       one image: name, digests, layers; its time is that of its last use
//   images/HEX.lock       held (flock) by those who run it
//   layers/sha256/HEX/    one unpacked layer, by the digest of its tar: once, whoever has it
//   layers/sha256/HEX.json  what is known about it
//   blobs/sha256/HEX      downloaded and not yet unpacked: what an interrupted pull goes on from
//   building/             what is being made; renamed when whole
//   manifests/HEX.json    what a registry said last of an image; its time is when
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

struct PulledImage {
  StoredImage image;
  Bytes downloaded;
  Bytes shared;
  int layers = 0;
  int layers_shared = 0;
};

// Images go, least recently used first, until one of the two is reached; with neither all go.
struct PruneOptions {
  Bytes keep = {};           // the layers fit in this
  Bytes release = {};        // so much has become free
  bool unused_only = false;  // no image goes; only what belongs to none
  // Images for which it is false stay; empty: all may go. Of what interrupted pulls left nothing goes with it.
  std::function<bool(const std::string& reference)> may_go = {};
  std::vector<std::string> spare = {};  // digests of layers that stay, whoever has them
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

  // Asks the registry, and keeps what it says for `answers_keep`; changes nothing else.
  Result<PullPlan> plan(std::string_view reference, const PullOptions& options,
                        std::stop_token stop) const;

  // Bytes on disk for one transferred, for guesses: measured where enough layers are here.
  double expansion() const;

  // Downloads and unpacks what is missing of the image. Refuses before it starts when the disk has no room
  // (Infrastructure, with figures). Waits while another one changes the store.
  Result<PulledImage> pull(std::string_view reference, const PullOptions& options,
                           std::stop_token stop);

  // While the descriptor is open the image is not pruned. Marks it as used. NotFound if it is not here.
  Result<UniqueFd> hold(std::string_view reference) const;

  Result<Pruned> prune(const PruneOptions& options);

  Result<StoreUsage> usage() const;

  // What the layers of its images take, by its own records: quicker than usage().
  Result<Bytes> layers_bytes() const;

 private:
  ImageStore(fs::path folder, unsigned owner) : folder_(std::move(folder)), owner_(owner) {}

  Result<void> fetch(const PullPlan& plan, const PullOptions& options, std::stop_token stop) const;
  Result<void> unpack(const Blob& blob, const std::string& diff_id) const;

  fs::path folder_;
  unsigned owner_;
};

}  // namespace eval::sandbox::images
