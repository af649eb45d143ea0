#pragma once

#include <memory>
#include <utility>

#include "judges/swe/environment.h"

namespace eval::judges::swe {

// An environment together with what has to be kept as long as it is there: a lease of its image, a place
// among those that may be open. `Held` goes after the environment.
template <typename Held>
class WrappedEnvironment final : public Environment {
 public:
  WrappedEnvironment(Held held, std::unique_ptr<Environment> inner)
      : held_(std::move(held)), inner_(std::move(inner)) {}

  Result<sandbox::ExecutionResult> run(const ShellRun& run, const sandbox::Limits& limits,
                                       std::stop_token stop) override {
    return inner_->run(run, limits, std::move(stop));
  }
  Result<std::optional<std::vector<std::string>>> written_outside() override {
    return inner_->written_outside();
  }
  std::string written_content(const std::string& path) override {
    return inner_->written_content(path);
  }
  fs::path repository() const override { return inner_->repository(); }
  std::string identity() const override { return inner_->identity(); }
  std::string isolation() const override { return inner_->isolation(); }

 private:
  Held held_;
  std::unique_ptr<Environment> inner_;  // goes first
};

}  // namespace eval::judges::swe
