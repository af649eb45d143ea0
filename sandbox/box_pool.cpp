#include "sandbox/box_pool.h"

#include "sandbox/box_launch.h"

#include <fmt/format.h>

#include <algorithm>

namespace eval::sandbox {
namespace {

// A view of libraries only, one of the whole system, and two with a problem's own folders.
constexpr std::size_t kBoxesPerSlot = 4;
// What a run might leave that no cleaning knows of (kernel memory charged to namespaces, say) does
// not pile up for ever. Building a box costs a few runs' time.
constexpr int kRunsPerBox = 1000;
// Users of boxes. Below 65536, so that they exist in containers that map one range, and in the part
// (60578 to 61183) that systemd's table of user ranges lists as used by nobody.
constexpr unsigned kFirstUser = 60'600;

const std::unique_ptr<Box>* find_box(const BoxSlot& slot, const ViewKey& view) {
  const auto found = std::find_if(slot.boxes.begin(), slot.boxes.end(),
                                  [&view](const auto& box) { return box->options().view == view; });
  return found == slot.boxes.end() ? nullptr : &*found;
}

}  // namespace

Result<std::unique_ptr<BoxPool>> BoxPool::create(const LinuxSandboxOptions& options,
                                                 const Isolation& isolation) {
  std::unique_ptr<BoxPool> pool(new BoxPool(EVAL_TRY(make_box_image()), isolation.user_namespace));
  for (int i = 0; i < std::max(1, options.boxes); ++i) {
    auto slot = std::make_unique<BoxSlot>();
    slot->index = i;
    slot->user = kFirstUser + static_cast<unsigned>(i);
    if (!options.cores.empty()) {
      slot->core = options.cores[static_cast<std::size_t>(i) % options.cores.size()];
    }
    if (isolation.cgroups) {
      slot->leaf.emplace(
          EVAL_TRY(CgroupLeaf::create(isolation.cgroups->layout(), fmt::format("box{}", i))));
    }
    pool->free_.push_back(slot.get());
    pool->slots_.push_back(std::move(slot));
  }
  return pool;
}

BoxPool::Lease::~Lease() {
  if (slot_ != nullptr) pool_->release(slot_);
}

void BoxPool::release(BoxSlot* slot) {
  const std::lock_guard lock(mutex_);
  free_.push_back(slot);
  changed_.notify_one();
}

BoxSlot* BoxPool::take_free(const ViewKey& view) {
  auto chosen = std::find_if(free_.begin(), free_.end(), [&view](const BoxSlot* slot) {
    return find_box(*slot, view) != nullptr;
  });
  if (chosen == free_.end()) chosen = free_.begin();
  BoxSlot* slot = *chosen;
  free_.erase(chosen);
  return slot;
}

BoxPool::Lease BoxPool::acquire(const ViewKey& view, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [this] { return !free_.empty(); })) return {this, nullptr};
  return {this, take_free(view)};
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
  options.user = slot.user;
  options.user_namespace = user_namespace_;
  slot.boxes.insert(slot.boxes.begin(), EVAL_TRY(Box::create(image_.value(), options)));
  return slot.boxes.front().get();
}

void BoxPool::discard(BoxSlot& slot, const Box* box) {
  std::erase_if(slot.boxes, [box](const auto& owned) { return owned.get() == box; });
}

}  // namespace eval::sandbox
