#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runners/runner.h"

namespace eval::testing {

// A runner that answers what the test says and remembers what it was asked. Thread-safe.
class FakeRunner final : public runners::Runner {
 public:
  using Answer = std::function<Result<runners::Generation>(const runners::GenerationRequest&,
                                                           std::stop_token)>;

  // Set before the run. Without it the answer is a Python program that names problem, attempt and
  // seed, so that every attempt's is different.
  Answer answer;
  std::function<std::optional<int>(std::string_view problem_id)> available;  // empty: any number
  int concurrency = 4;

  Result<runners::Generation> generate(const runners::GenerationRequest& request,
                                       std::stop_token stop) override;
  std::optional<int> attempts_available(std::string_view problem_id) const override;
  std::string description() const override { return "fake runner"; }
  int preferred_concurrency() const override { return concurrency; }

  std::vector<runners::GenerationRequest> requests() const;

 private:
  mutable std::mutex mutex_;
  std::vector<runners::GenerationRequest> requests_;  // guarded by mutex_
};

// A reply with `code` in one Python block.
runners::Generation reply_with(const std::string& code);

}  // namespace eval::testing
