#include "sandbox/box_pool.h"

#include "sandbox/box_launch.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace eval::sandbox {
namespace {

// A view of libraries only, one of the whole system, two with a problem's own folders, and two runtimes
// that wait.
constexpr std::size_t kBoxesPerSlot = 6;
// What a run might leave that no cleaning knows of (kernel memory charged to namespaces, say) does
// not pile up for ever. Building a box costs a few runs' time.
constexpr int kRunsPerBox = 1000;
// Users of boxes. Below 65536, so that they exist in containers that map one range, and in the part
// (60578 to 61183) that systemd's table of user ranges lists as used by nobody.
constexpr unsigned kFirstUser = 60'600;
constexpr std::size_t kUsers = 61'184 - kFirstUser;
// Every worker can at least have a group of two.
constexpr std::size_t kWorkersMax = kUsers / 2;

const std::unique_ptr<Box>* find_box(const BoxSlot& slot, const ViewKey& view) {
  const auto found = std::find_if(slot.boxes.begin(), slot.boxes.end(),
                                  [&view](const auto& box) { return box->options().view == view; });
  return found == slot.boxes.end() ? nullptr : &*found;
}

}  // namespace

BoxPool::BoxPool(UniqueFd image, const Isolation& isolation, FailingStep failing_step)
    : image_(std::move(image)),
      user_namespace_(isolation.user_namespace),
      failing_step_(std::move(failing_step)),
      cgroups_(isolation.cgroups ? std::optional(isolation.cgroups->layout()) : std::nullopt) {}

Result<std::unique_ptr<BoxPool>> BoxPool::create(int wanted, const std::vector<int>& cores,
                                                 const Isolation& isolation,
                                                 FailingStep failing_step) {
  const auto workers = static_cast<std::size_t>(std::max(1, wanted));
  if (workers > kWorkersMax) {
    return fail(ErrorCode::BadInput,
                fmt::format("{} boxes are too many, the limit is {}", workers, kWorkersMax));
  }
  // Not inside the new expression: an Error there would leave without giving the memory back.
  UniqueFd image = EVAL_TRY(make_box_image());
  std::unique_ptr<BoxPool> pool(new BoxPool(std::move(image), isolation, std::move(failing_step)));
  pool->workers_ = workers;
  pool->companions_max_ = std::min(workers * (kProgramsMax - 1), kUsers - workers);
  for (std::size_t i = 0; i < workers; ++i) {
    BoxSlot* const slot = EVAL_TRY(pool->make_slot(fmt::format("box{}", i)));
    if (!cores.empty()) slot->core = cores[i % cores.size()];
    pool->free_workers_.push_back(slot);
  }
  return pool;
}

// With mutex_ held, or before anybody else knows the pool.
Result<BoxSlot*> BoxPool::make_slot(const std::string& name) {
  auto slot = std::make_unique<BoxSlot>();
  slot->index = static_cast<int>(slots_.size());
  slot->user = kFirstUser + static_cast<unsigned>(slots_.size());
  if (cgroups_) slot->leaf.emplace(EVAL_TRY(CgroupLeaf::create(*cgroups_, name)));
  slots_.push_back(std::move(slot));
  return slots_.back().get();
}

BoxPool::Lease::~Lease() {
  if (!slots_.empty()) pool_->release(slots_);
}

void BoxPool::release(const std::vector<BoxSlot*>& slots) {
  const std::lock_guard lock(mutex_);
  free_workers_.push_back(slots.front());
  free_companions_.insert(free_companions_.end(), slots.begin() + 1, slots.end());
  companions_out_ -= slots.size() - 1;
  alone_out_ = false;  // if it was set, nobody else was running
  grant();
}

BoxSlot* BoxPool::take_worker(const ViewKey& view) {
  auto chosen =
      std::find_if(free_workers_.begin(), free_workers_.end(),
                   [&view](const BoxSlot* slot) { return find_box(*slot, view) != nullptr; });
  if (chosen == free_workers_.end()) chosen = free_workers_.begin();
  BoxSlot* const slot = *chosen;
  free_workers_.erase(chosen);
  return slot;
}

void BoxPool::give(Waiter& waiter) {
  waiter.granted.push_back(take_worker(*waiter.view));
  companions_out_ += waiter.companions;
  while (waiter.granted.size() <= waiter.companions && !free_companions_.empty()) {
    waiter.granted.push_back(free_companions_.back());
    free_companions_.pop_back();
  }
}

// Whether nothing but companions is missing.
bool BoxPool::can_run(const Waiter& waiter) const {
  if (alone_out_ || free_workers_.empty()) return false;
  return !waiter.alone || free_workers_.size() == workers_;
}

// Nobody passes one that waits to be alone. A group that lacks companions keeps later groups from
// taking them, but lets runs pass: when companions come back, a worker slot comes back with them, and
// the group is looked at first.
void BoxPool::grant() {
  bool companions_reserved = false;
  bool granted = false;
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    Waiter& waiter = **at;
    if (!can_run(waiter)) break;
    if (waiter.companions > 0 &&
        (companions_reserved || companions_out_ + waiter.companions > companions_max_)) {
      companions_reserved = true;
      ++at;
      continue;
    }
    give(waiter);
    alone_out_ = waiter.alone;
    at = waiting_.erase(at);
    granted = true;
  }
  if (granted) changed_.notify_all();
}

// The right to them was granted; those that do not exist yet are made now.
Result<void> BoxPool::add_companions(std::vector<BoxSlot*>& slots, std::size_t wanted) {
  while (slots.size() <= wanted) {
    const std::lock_guard lock(mutex_);
    slots.push_back(EVAL_TRY(make_slot(fmt::format("companion{}", slots_.size() - workers_))));
  }
  return {};
}

Result<BoxPool::Lease> BoxPool::acquire(const Request& request, const ViewKey& view,
                                        std::stop_token stop) {
  EVAL_CHECK(request.programs >= 1 && request.programs <= kProgramsMax);
  Waiter waiter{request.programs - 1, request.alone, &view, {}};
  {
    std::unique_lock lock(mutex_);
    waiting_.push_back(&waiter);
    grant();
    changed_.wait(lock, stop, [&waiter] { return !waiter.granted.empty(); });
    if (waiter.granted.empty()) {
      waiting_.remove(&waiter);
      grant();  // who was held back by this one
      return Lease(this, {});
    }
  }
  Result<void> added = add_companions(waiter.granted, waiter.companions);
  if (!added) {
    const std::lock_guard lock(mutex_);
    companions_out_ -= waiter.companions + 1 - waiter.granted.size();
  }
  Lease lease(this, std::move(waiter.granted));
  if (!added) return fail(std::move(added).error());
  for (std::size_t i = 1; i < request.programs; ++i) lease.slot(i).core = lease.slot().core;
  return lease;
}

Result<Box*> BoxPool::clean_box(BoxSlot& slot, const ViewKey& view) {
  if (const std::unique_ptr<Box>* found = find_box(slot, view)) {
    Box* const box = found->get();
    if (box->runs() < kRunsPerBox && box->finish_clean()) {
      const auto at = slot.boxes.begin() + (found - slot.boxes.data());
      std::rotate(slot.boxes.begin(), at, at + 1);
      return box;
    }
    discard(slot, box);
  }
  if (slot.boxes.size() >= kBoxesPerSlot) slot.boxes.pop_back();
  BoxOptions options;
  options.view = view;
  options.user = view.root && !user_namespace_ ? view.root_owner : slot.user;
  options.user_namespace = user_namespace_;
  options.failing_step = failing_step_;
  slot.boxes.insert(slot.boxes.begin(), EVAL_TRY(Box::create(image_.value(), options)));
  return slot.boxes.front().get();
}

void BoxPool::discard(BoxSlot& slot, const Box* box) {
  std::erase_if(slot.boxes, [box](const auto& owned) { return owned.get() == box; });
}

}  // namespace eval::sandbox
