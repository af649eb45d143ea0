#include "judges/swe/image_supply.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "sandbox/images/disk_usage.h"

// Theory of operation. One pull at a time: whoever has the turn makes room and downloads, the others wait. One
// thread of our own pulls ahead, and keeps what it brought (`ready_`) from prune until it is taken; it gives that
// back when an image that is needed now does not fit. `changed_` tells of turns, leases and images taken. Who
// waits for a lease to end has none itself, so the wait ends.
namespace eval::judges::swe {

using sandbox::images::ImageStore;
using sandbox::images::PullPlan;

class ImageSupply::Impl : public std::enable_shared_from_this<ImageSupply::Impl> {
 public:
  Impl(ImageStore store, ImageEnvironmentOptions options)
      : store_(std::move(store)), options_(std::move(options)) {}

  Result<std::unique_ptr<Lease>> take(const std::string& name, const std::stop_token& stop);
  void expect(std::vector<std::string> names, int ahead);
  void stop_pulling_ahead() { ahead_thread_ = {}; }
  const ImageStore& store() const { return store_; }

 private:
  class Held;
  enum class Brought { Yes, NoRoom };

  // While it lives, nobody else here pulls or prunes.
  class Turn {
   public:
    Turn(Impl& supply, const std::stop_token& stop) : supply_(supply) {
      std::unique_lock lock(supply_.mutex_);
      has_ = supply_.changed_.wait(lock, stop, [this] { return !supply_.pulling_; });
      if (has_) supply_.pulling_ = true;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
      if (!has_) return;
      const std::lock_guard lock(supply_.mutex_);
      supply_.pulling_ = false;
      supply_.changed_.notify_all();
    }
    bool has() const { return has_; }

   private:
    Impl& supply_;
    bool has_ = false;
  };

  Result<void> bring_now(const std::string& name, const std::stop_token& stop);
  // `ahead`: its place in order_, where it is not needed yet; it is kept ready then.
  Result<Brought> bring(const std::string& name, std::optional<std::size_t> ahead,
                        const std::stop_token& stop);
  Result<bool> has_room(const PullPlan& plan, bool is_ahead);
  Result<void> prune(sandbox::images::PruneOptions options, const PullPlan& plan);
  bool may_go(const std::string& reference);
  bool give_back_ready();
  void pass_by_locked(std::size_t place);
  void note_taken(const std::string& name);
  void pull_ahead(const std::stop_token& stop);
  void keep_ready(std::size_t place);
  std::uint64_t leases_ended();

  ImageStore store_;
  const ImageEnvironmentOptions options_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool pulling_ = false;            // guarded by mutex_
  int leased_ = 0;                  // guarded by mutex_
  std::uint64_t leases_ended_ = 0;  // guarded by mutex_
  std::set<std::string> was_used_;  // guarded by mutex_: full names
  std::vector<std::string> order_;  // set once, before the thread
  std::size_t ahead_ = 0;           // likewise
  std::size_t taken_ = 0;           // guarded by mutex_: behind the furthest of order_ that was
  std::map<std::size_t, UniqueFd> ready_;  // guarded by mutex_: by place in order_
  std::jthread ahead_thread_;              // last, so that it ends first
};

class ImageSupply::Impl::Held final : public Lease {
 public:
  Held(UniqueFd fd, std::shared_ptr<Impl> supply) : fd_(std::move(fd)), supply_(std::move(supply)) {
    const std::lock_guard lock(supply_->mutex_);
    supply_->leased_ += 1;
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() override {
    fd_.reset();
    const std::lock_guard lock(supply_->mutex_);
    supply_->leased_ -= 1;
    supply_->leases_ended_ += 1;
    supply_->changed_.notify_all();
  }

 private:
  UniqueFd fd_;
  const std::shared_ptr<Impl> supply_;
};

std::uint64_t ImageSupply::Impl::leases_ended() {
  const std::lock_guard lock(mutex_);
  return leases_ended_;
}

void ImageSupply::Impl::note_taken(const std::string& name) {
  const auto reference = sandbox::images::parse_image_reference(name);
  const std::lock_guard lock(mutex_);
  if (reference) was_used_.insert(reference->text());
  const auto at = std::ranges::find(order_, name);
  if (at == order_.end()) return;
  const auto place = static_cast<std::size_t>(at - order_.begin());
  ready_.erase(place);  // the lease keeps it from here on
  taken_ = std::max(taken_, place + 1);
  // What was brought and passed by is not wanted after all: its verdict was known.
  while (!ready_.empty() && ready_.begin()->first + ahead_ < taken_)
    pass_by_locked(ready_.begin()->first);
  changed_.notify_all();
}

// As good as used: it may go.
void ImageSupply::Impl::pass_by_locked(std::size_t place) {
  const auto reference = sandbox::images::parse_image_reference(order_[place]);
  if (reference) was_used_.insert(reference->text());
  ready_.erase(place);
}

Result<std::unique_ptr<ImageSupply::Lease>> ImageSupply::Impl::take(const std::string& name,
                                                                    const std::stop_token& stop) {
  // A prune of another process can come between a pull and its use.
  constexpr int kTries = 3;
  for (int attempt = 0;; ++attempt) {
    auto held = store_.hold(name);
    if (held) {
      auto lease = std::make_unique<Held>(std::move(*held), shared_from_this());
      note_taken(name);
      return lease;
    }
    if (held.error().code != ErrorCode::NotFound || attempt == kTries)
      return fail(std::move(held).error());
    EVAL_TRY(bring_now(name, stop));
  }
}

Result<void> ImageSupply::Impl::bring_now(const std::string& name, const std::stop_token& stop) {
  while (true) {
    const std::uint64_t seen = leases_ended();
    if (EVAL_TRY(bring(name, {}, stop)) == Brought::Yes) return {};
    if (give_back_ready()) continue;
    std::unique_lock lock(mutex_);
    // With nobody left to wait for, the store says what is missing.
    if (leased_ == 0 && leases_ended_ == seen) {
      lock.unlock();
      EVAL_TRY(store_.pull(name, options_.pull, stop));
      return {};
    }
    if (!changed_.wait(lock, stop, [&] { return leases_ended_ != seen; }))
      return fail(ErrorCode::Cancelled, "waiting for room for an image was cancelled", name);
  }
}

Result<ImageSupply::Impl::Brought> ImageSupply::Impl::bring(const std::string& name,
                                                            std::optional<std::size_t> ahead,
                                                            const std::stop_token& stop) {
  const Turn turn(*this, stop);
  if (!turn.has()) return fail(ErrorCode::Cancelled, "waiting for an image was cancelled", name);
  if (!EVAL_TRY(store_.find(name))) {
    const PullPlan plan = EVAL_TRY(store_.plan(name, options_.pull, stop));
    if (!EVAL_TRY(has_room(plan, ahead.has_value()))) return Brought::NoRoom;
    EVAL_TRY(store_.pull(name, options_.pull, stop));
  }
  // Within the turn, so that whoever lacks room finds it there to be given back.
  if (ahead) keep_ready(*ahead);
  return Brought::Yes;
}

// Makes room, as far as it can be made. What is needed now may go beyond `keep`; the disk's end is the end.
Result<bool> ImageSupply::Impl::has_room(const PullPlan& plan, bool is_ahead) {
  if (plan.disk.count == 0) return true;
  if (options_.keep.count > 0) {
    const Bytes limit = options_.keep;
    const Bytes others{limit.count - std::min(limit.count - 1, plan.disk.count)};
    EVAL_TRY(prune({.keep = others}, plan));
    if (is_ahead && EVAL_TRY(store_.layers_bytes()) + plan.disk > limit) return false;
  }
  const Bytes wanted = plan.disk + options_.pull.reserve;
  const Bytes free = EVAL_TRY(sandbox::images::disk_free(store_.folder()));
  if (wanted <= free) return true;
  EVAL_TRY(prune({.release = Bytes{wanted.count - free.count}}, plan));
  return wanted <= EVAL_TRY(sandbox::images::disk_free(store_.folder()));
}

Result<void> ImageSupply::Impl::prune(sandbox::images::PruneOptions options, const PullPlan& plan) {
  options.may_go = [this](const std::string& reference) { return may_go(reference); };
  options.spare = plan.config.diff_ids;
  const auto pruned = store_.prune(options);
  // Busy: another process pulls or prunes, and our pull will wait for it.
  if (!pruned && pruned.error().code != ErrorCode::Busy) return fail(pruned.error());
  if (pruned && options_.pull.narrate) {
    for (const std::string& image : pruned->images)
      options_.pull.narrate("removed " + image + " to make room");
  }
  return {};
}

bool ImageSupply::Impl::may_go(const std::string& reference) {
  const std::lock_guard lock(mutex_);
  return options_.keep.count > 0 || was_used_.contains(reference);
}

bool ImageSupply::Impl::give_back_ready() {
  const std::lock_guard lock(mutex_);
  if (ready_.empty()) return false;
  while (!ready_.empty()) pass_by_locked(ready_.begin()->first);
  return true;
}

void ImageSupply::Impl::expect(std::vector<std::string> names, int ahead) {
  order_ = std::move(names);
  ahead_ = static_cast<std::size_t>(std::max(0, ahead));
  if (ahead_ == 0 || order_.empty()) return;
  ahead_thread_ = std::jthread([this](const std::stop_token& stop) { pull_ahead(stop); });
}

void ImageSupply::Impl::pull_ahead(const std::stop_token& stop) {
  for (std::size_t place = 0; place < order_.size(); ++place) {
    while (!stop.stop_requested()) {
      std::uint64_t seen = 0;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, stop, [&] { return place < taken_ + ahead_; });
        if (stop.stop_requested()) return;
        if (place < taken_) break;
        seen = leases_ended_;
      }
      const auto brought = bring(order_[place], place, stop);
      if (!brought || *brought == Brought::Yes) break;  // an error is for who needs the image
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return leases_ended_ != seen || place < taken_; });
    }
  }
}

void ImageSupply::Impl::keep_ready(std::size_t place) {
  auto held = store_.hold(order_[place]);
  const std::lock_guard lock(mutex_);
  if (held && place >= taken_) ready_[place] = std::move(*held);
}

ImageSupply::ImageSupply(ImageStore store, ImageEnvironmentOptions options)
    : impl_(std::make_shared<Impl>(std::move(store), std::move(options))) {}

ImageSupply::~ImageSupply() {
  impl_->stop_pulling_ahead();
}

Result<std::unique_ptr<ImageSupply::Lease>> ImageSupply::take(const std::string& name,
                                                              std::stop_token stop) {
  return impl_->take(name, stop);
}

void ImageSupply::expect(std::vector<std::string> names, int ahead) {
  impl_->expect(std::move(names), ahead);
}

const ImageStore& ImageSupply::store() const {
  return impl_->store();
}

}  // namespace eval::judges::swe
