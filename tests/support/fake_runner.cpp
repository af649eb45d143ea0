#include "tests/support/fake_runner.h"

#include <fmt/format.h>

namespace eval::testing {

Result<runners::Generation> FakeRunner::generate(const runners::GenerationRequest& request,
                                                 std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  if (answer) return answer(request, std::move(stop));
  return reply_with(fmt::format("print('{} {} {}')\n", request.problem_id, request.attempt,
                                request.sampling.seed.value_or(0)));
}

std::optional<int> FakeRunner::attempts_available(std::string_view problem_id) const {
  return available ? available(problem_id) : std::nullopt;
}

std::vector<runners::GenerationRequest> FakeRunner::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

runners::Generation reply_with(const std::string& code) {
  runners::Generation generation;
  generation.text = "Here it is:\n```python\n" + code + "```\n";
  generation.completion_tokens = 10;
  generation.model = "fake";
  generation.fingerprint = "fake runner";
  return generation;
}

}  // namespace eval::testing
