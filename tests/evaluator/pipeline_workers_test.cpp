// Thousands of commits: apart from the quick tests.
#include <fmt/format.h>

#include "tests/evaluator/pipeline_fixture.h"

namespace eval::evaluator {
namespace {

using eval::testing::judgement_of;
using eval::testing::reply_with;
using judges::Verdict;

class PipelineWorkers : public PipelineTest {};

TEST_F(PipelineWorkers, StoresTheSameWhateverTheNumberOfWorkers) {
  config_.attempts = 100;
  config_.seed = 11;
  runner_.answer = [](const auto& request, auto) -> Result<runners::Generation> {
    const std::uint64_t seed = *request.sampling.seed;
    if (seed % 11 == 0) return fail(ErrorCode::Network, "cut");
    if (seed % 7 == 0) return reply_with("");
    return reply_with(fmt::format("print({})\n", seed));
  };
  judge_.answer = [](const auto&, const std::string& code, auto) -> Result<judges::Judgement> {
    if (code.size() % 5 == 0) return fail(ErrorCode::Infrastructure, "no box");
    return judgement_of(code.size() % 3 == 0 ? Verdict::AC : Verdict::WA);
  };
  config_.generate_workers = 1;
  run_all();
  const std::vector<Attempt> alone = attempts();
  ASSERT_EQ(alone.size(), 300u);

  fs::remove(database());
  folder_.emplace(*TempDir::create("pipeline"));
  open_store();
  config_.generate_workers = 16;
  config_.judge_workers = 16;
  run_all();
  EXPECT_EQ(attempts(), alone);
}

}  // namespace
}  // namespace eval::evaluator
