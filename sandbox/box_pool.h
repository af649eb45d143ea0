#pragma once

#include <condition_variable>
#include <list>
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

// A place for one program at a time: a user, a cgroup, a core, and the boxes built for it so far (one
// for each view that was needed, so that compiling and running in turn rebuilds nothing).
struct BoxSlot {
  int index = 0;
  unsigned user = 0;
  int core = -1;
  std::optional<CgroupLeaf> leaf = {};
  std::vector<std::unique_ptr<Box>> boxes = {};  // most recently used first
};

// Hands out slots: worker slots, as many as there are boxes, and companion slots, which are made when
// a group first needs them and kept. A run takes a worker slot; a group of n programs takes a worker
// slot and n - 1 companions, all at once. Thread-safe.
class BoxPool {
 public:
  // Programs in one group at most: an interactor with a submission of two programs needs three; this
  // leaves room for every contest format seen so far.
  static constexpr std::size_t kProgramsMax = 16;

  // `cores`: worker i runs on cores[i % size]; empty: on none in particular.
  static Result<std::unique_ptr<BoxPool>> create(int workers, const std::vector<int>& cores,
                                                 const Isolation& isolation,
                                                 FailingStep failing_step = {});

  // Slots of one's own until destroyed; none if the wait was stopped.
  class Lease {
   public:
    Lease(BoxPool* pool, std::vector<BoxSlot*> slots) : pool_(pool), slots_(std::move(slots)) {}
    Lease(Lease&& other) noexcept : pool_(other.pool_), slots_(std::exchange(other.slots_, {})) {}
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    explicit operator bool() const { return !slots_.empty(); }
    // The first is the worker slot; a companion has its core.
    BoxSlot& slot(std::size_t program = 0) const { return *slots_[program]; }

   private:
    BoxPool* pool_;
    std::vector<BoxSlot*> slots_;
  };

  struct Request {
    std::size_t programs = 1;  // to kProgramsMax
    bool alone = false;        // no other slot is in use meanwhile
  };

  // Waits until all that is asked for is free at the same time; nothing is held meanwhile, so no two
  // groups can have part of what the other needs. First come, first served: who asks to be alone
  // waits for those that run or came before, and holds back those that come later, so neither side
  // starves. Only runs pass a group that waits for companions. Prefers a worker slot that has a box
  // with `view`. An Error if a companion could not be made.
  Result<Lease> acquire(const Request& request, const ViewKey& view, std::stop_token stop);

  // A clean box with `view`, reused or built. It stays owned by `slot`.
  Result<Box*> clean_box(BoxSlot& slot, const ViewKey& view);

  // Destroys a box that must not be used again.
  static void discard(BoxSlot& slot, const Box* box);

 private:
  struct Waiter {
    std::size_t companions = 0;
    bool alone = false;
    const ViewKey* view = nullptr;
    std::vector<BoxSlot*> granted = {};  // empty: still waiting
  };

  BoxPool(UniqueFd image, const Isolation& isolation, FailingStep failing_step);
  Result<BoxSlot*> make_slot(const std::string& name);
  Result<void> add_companions(std::vector<BoxSlot*>& slots, std::size_t wanted);
  void release(const std::vector<BoxSlot*>& slots);
  // With mutex_ held:
  void grant();
  bool can_run(const Waiter& waiter) const;
  void give(Waiter& waiter);
  BoxSlot* take_worker(const ViewKey& view);

  const UniqueFd image_;
  const bool user_namespace_;
  const FailingStep failing_step_;
  const std::optional<CgroupLayout> cgroups_;
  std::size_t workers_ = 0;
  std::size_t companions_max_ = 0;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<std::unique_ptr<BoxSlot>> slots_;  // guarded by mutex_; workers first
  std::vector<BoxSlot*> free_workers_;           // guarded by mutex_
  std::vector<BoxSlot*> free_companions_;        // guarded by mutex_
  std::size_t companions_out_ = 0;               // guarded by mutex_; granted and not given back
  bool alone_out_ = false;                       // guarded by mutex_; who runs now is alone
  std::list<Waiter*> waiting_;                   // guarded by mutex_; in order of arrival
};

}  // namespace eval::sandbox
