#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "sandbox/images/image_manifest.h"
#include "sandbox/images/image_reference.h"

// How images are pulled, and what a pull would do; see image_store.h.
namespace eval::sandbox::images {

struct PullOptions {
  MirrorMap mirrors = {};
  bool tls_verify = true;
  int tries = 3;
  Bytes reserve = Bytes::gib(1);  // of the disk, to be left free
  // What the registry said not longer ago is not asked again: registries count questions too, and a
  // planner asks for every image of a suite.
  std::chrono::minutes answers_keep{0};
  std::optional<double> expansion =
      {};  // ImageStore::expansion(), for who plans many; absent: asked
  std::function<void(const std::string&)> narrate = {};
  std::function<void(Bytes done, Bytes total)> progress = {};  // of the download; any thread
};

struct PlannedLayer {
  std::string id;  // digest of its tar
  Bytes size;      // as it is transferred
  Bytes download;  // of that, what is not here
  Bytes disk;      // as it lies unpacked; a guess where it is not here
  bool here = false;
};

// What a pull would do.
struct PullPlan {
  ImageReference reference;  // as asked for
  ImageReference source;     // where it comes from, by digest
  std::string digest;
  ImageManifest manifest;
  ImageConfig config;
  std::vector<PlannedLayer> layers;  // as in the manifest: lowest first
  int layers_here = 0;               // unpacked already
  Bytes download;                    // of what is not here
  Bytes shared;                      // of what is, as it would have been transferred
  Bytes disk;  // a guess at what will be needed, download and unpacked layers together
};

}  // namespace eval::sandbox::images
