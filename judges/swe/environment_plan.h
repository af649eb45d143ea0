#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

// In which order instances are worked on, how many at once, and what it will take. A pure function of what is
// known before anything is downloaded: the manifests of the images, and what earlier evaluations took.
namespace eval::judges::swe {

struct PlannedLayer {
  std::string id;  // equal for equal layers, of whichever images
  Bytes download;  // 0 for what is here
  Bytes disk;      // once unpacked; 0 for what is here
  bool here = false;
  friend bool operator==(const PlannedLayer&, const PlannedLayer&) = default;
};

struct PlannedInstance {
  std::string problem;
  std::string image = {};                              // "" where nothing is downloaded
  std::vector<PlannedLayer> layers = {};               // lowest first
  int attempts = 1;                                    // at least 1
  std::optional<std::chrono::milliseconds> time = {};  // of one earlier evaluation
  std::optional<Bytes> memory = {};                    // most that one ever had
};

struct PlanLimits {
  Bytes memory;                          // to be shared by all that run at once
  Bytes memory_unknown = Bytes::gib(8);  // of an instance without history: what evaluation allows
  int cores = 1;
  std::optional<int> at_once = {};  // as the user says, whatever the memory
  Bytes disk;                       // free for images and working copies
  Bytes copy = Bytes::gib(1);       // what a working copy writes: bytecode, builds, caches
};

struct EnvironmentPlan {
  std::vector<std::size_t> order;  // indices of the instances: those that share layers together
  int at_once = 1;
  int ahead = 0;           // images that may be pulled before they are needed
  std::string limited_by;  // what at_once comes from: "cores", "memory", "disk", "-j", "instances"
  Bytes memory;            // what as many of the largest need, with a quarter more than was seen
  int images = 0;
  Bytes download;
  Bytes disk_all;   // if no image goes
  Bytes disk_peak;  // as planned: disk_all, or less with images pruned behind their use
  bool prunes = false;
  bool fits = true;                               // false: not even one at once fits on the disk
  std::optional<std::chrono::milliseconds> time;  // nullopt: no instance has a history
  int with_history = 0;                           // instances that have one
  friend bool operator==(const EnvironmentPlan&, const EnvironmentPlan&) = default;
};

// The order walks the tree of layers, lowest first, so that an image is followed by those that share most with
// it and a layer is needed during one stretch only; what is here already comes first, else the given order
// stays. The disk's peak is that of any at_once + ahead images in a row, and at_once shrinks until it fits.
// The time is that of workers who take the instances in this order; one without history takes the mean of
// those that have one. Downloads are not in it.
EnvironmentPlan plan_environments(const std::vector<PlannedInstance>& instances,
                                  const PlanLimits& limits);

}  // namespace eval::judges::swe
