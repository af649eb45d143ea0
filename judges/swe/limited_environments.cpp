#include "judges/swe/limited_environments.h"

#include <condition_variable>
#include <mutex>

#include "judges/swe/wrapped_environment.h"

namespace eval::judges::swe {
namespace {

// Places for environments. Shared with those that are open, which may outlive the source.
class Places {
 public:
  explicit Places(int count) : free_(count) {}

  // False when stopped.
  bool take(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return free_ > 0; })) return false;
    free_ -= 1;
    return true;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    free_ += 1;
    changed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int free_;  // guarded by mutex_
};

class Place {
 public:
  explicit Place(std::shared_ptr<Places> places) : places_(std::move(places)) {}
  Place(Place&& other) noexcept = default;
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (places_) places_->give_back();
  }

 private:
  std::shared_ptr<Places> places_;
};

class LimitedSource final : public EnvironmentSource {
 public:
  LimitedSource(std::shared_ptr<EnvironmentSource> inner, int at_once)
      : inner_(std::move(inner)), places_(std::make_shared<Places>(at_once)) {}

  Result<std::unique_ptr<Environment>> open(const problems::Problem& problem,
                                            std::stop_token stop) override {
    if (!places_->take(stop))
      return fail(ErrorCode::Cancelled, "waiting for another environment was cancelled",
                  problem.id);
    Place place(places_);
    auto environment = EVAL_TRY(inner_->open(problem, std::move(stop)));
    return std::make_unique<WrappedEnvironment<Place>>(std::move(place), std::move(environment));
  }
  Result<std::string> identity_of(const problems::Problem& problem) override {
    return inner_->identity_of(problem);
  }
  Result<std::vector<std::string>> test_commands_of(const problems::Problem& problem) override {
    return inner_->test_commands_of(problem);
  }
  Result<std::optional<SourceNeeds>> needs_of(const std::vector<const problems::Problem*>& problems,
                                              std::stop_token stop) override {
    return inner_->needs_of(problems, std::move(stop));
  }
  void expect(const std::vector<const problems::Problem*>& problems, int ahead) override {
    inner_->expect(problems, ahead);
  }
  std::string description() const override { return inner_->description(); }

 private:
  const std::shared_ptr<EnvironmentSource> inner_;
  const std::shared_ptr<Places> places_;
};

}  // namespace

std::unique_ptr<EnvironmentSource> limit_environments(std::shared_ptr<EnvironmentSource> source,
                                                      int at_once) {
  return std::make_unique<LimitedSource>(std::move(source), at_once);
}

}  // namespace eval::judges::swe
