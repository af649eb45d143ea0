#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "sandbox/box.h"
#include "sandbox/cgroup_leaf.h"
#include "sandbox/isolation.h"

namespace eval::sandbox {

// A place for one run at a time: a user, a cgroup, a core, and the boxes built for it so far (one
// for each view that was needed, so that compiling and running in turn rebuilds nothing).
struct BoxSlot {
  int index = 0;
  unsigned user = 0;
  int core = -1;
  std::optional<CgroupLeaf> leaf = {};
  std::vector<std::unique_ptr<Box>> boxes = {};  // most recently used first
};

// Hands out slots. Thread-safe.
class BoxPool {
 public:
  static Result<std::unique_ptr<BoxPool>> create(const LinuxSandboxOptions& options,
                                                 const Isolation& isolation);

  // A slot of one's own until destroyed; empty if the wait was stopped.
  class Lease {
   public:
    Lease(BoxPool* pool, BoxSlot* slot) : pool_(pool), slot_(slot) {}
    Lease(Lease&& other) noexcept
        : pool_(other.pool_), slot_(std::exchange(other.slot_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    explicit operator bool() const { return slot_ != nullptr; }
    BoxSlot& slot() const { return *slot_; }

   private:
    BoxPool* pool_;
    BoxSlot* slot_;
  };

  // Waits for a free slot, preferring one that has a box with `view`.
  Lease acquire(const ViewKey& view, std::stop_token stop);

  // A clean box with `view`, reused or built. It stays owned by `slot`.
  Result<Box*> clean_box(BoxSlot& slot, const ViewKey& view);

  // Destroys a box that must not be used again.
  static void discard(BoxSlot& slot, const Box* box);

 private:
  BoxPool(UniqueFd image, bool user_namespace)
      : image_(std::move(image)), user_namespace_(user_namespace) {}
  void release(BoxSlot* slot);
  BoxSlot* take_free(const ViewKey& view);

  const UniqueFd image_;
  const bool user_namespace_;
  std::vector<std::unique_ptr<BoxSlot>> slots_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<BoxSlot*> free_;  // guarded by mutex_
};

}  // namespace eval::sandbox
