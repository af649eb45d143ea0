#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "sandbox/images/image_store.h"

// Images for those who run them: pulled when they are missing, and before they are needed where the order is
// known; kept while they are used; pruned behind their use when there is no room.
namespace eval::judges::swe {

struct ImageEnvironmentOptions {
  sandbox::images::PullOptions pull = {};
  // What the store may take: before a pull, images that nobody runs go, least recently used first, whoever
  // pulled them. 0: no such limit; then images go only when the disk is full, and only those that were used
  // here before.
  Bytes keep = {};
};

// Thread-safe.
class ImageSupply {
 public:
  ImageSupply(sandbox::images::ImageStore store, ImageEnvironmentOptions options);
  ~ImageSupply();
  ImageSupply(const ImageSupply&) = delete;
  ImageSupply& operator=(const ImageSupply&) = delete;

  // An image in use. May outlive the supply.
  class Lease {
   public:
    virtual ~Lease() = default;
  };

  // The image, pulled if it is missing, and safe from prune while the lease lives. Where the disk has no room,
  // it waits for images that others use here; with none left it is the store's error, with figures.
  Result<std::unique_ptr<Lease>> take(const std::string& name, std::stop_token stop);

  // In the order in which they will be taken, each once. From now on at most `ahead` beyond the furthest that
  // was taken are pulled in the background, as long as there is room without taking any from others; what
  // fails there is left to take(). Once at most.
  void expect(std::vector<std::string> names, int ahead);

  const sandbox::images::ImageStore& store() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // leases have it too
};

}  // namespace eval::judges::swe
