#include "evaluator/cli/repeat.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "evaluator/flips.h"

namespace eval::cli {
namespace {

using evaluator::Flip;

std::vector<std::string> verdict_names(const Flip& flip) {
  std::vector<std::string> names;
  for (const judges::Verdict verdict : flip.verdicts) {
    names.emplace_back(judges::verdict_name(verdict));
  }
  return names;
}

Json flip_json(const Flip& flip) {
  return {{"problem", flip.problem_id},      {"attempt", flip.attempt},
          {"verdicts", verdict_names(flip)}, {"points", flip.points},
          {"testcases", flip.testcases},     {"near_limit", flip.is_near_limit}};
}

std::string flip_line(const Flip& flip) {
  std::string what;
  for (std::size_t i = 0; i < flip.verdicts.size(); ++i) {
    what += fmt::format("{}{} {:g}", i == 0 ? "" : ", ", judges::verdict_name(flip.verdicts[i]),
                        flip.points[i]);
  }
  constexpr std::size_t kShown = 5;
  std::vector<std::string> names = flip.testcases;
  if (names.size() > kShown) {
    names.resize(kShown);
    names.emplace_back("...");
  }
  return fmt::format("{}  {} attempt {}: {}{}", flip.is_near_limit ? "near limit" : "FLIP      ",
                     flip.problem_id, flip.attempt, what,
                     names.empty() ? "" : "; testcases " + join(names, ", "));
}

}  // namespace

ExitCode show_flips(const Context& context, evaluator::Store& store, const problems::Suite& suite,
                    const evaluator::RunOutcome& outcome, int times) {
  if (outcome.interrupted) {
    narrate(context, "interrupted; the judgements that were finished are kept");
    return ExitCode::Interrupted;
  }
  auto attempts = store.attempts(outcome.run_id, false);
  if (!attempts) return report_error(attempts.error());
  std::erase_if(*attempts, [&](const evaluator::Attempt& attempt) {
    return std::ranges::find(suite.problems, attempt.problem_id, &problems::Problem::id) ==
           suite.problems.end();
  });
  const std::vector<Flip> flips = evaluator::find_flips(*attempts, times);
  const auto near = static_cast<std::size_t>(
      std::count_if(flips.begin(), flips.end(), [](const Flip& f) { return f.is_near_limit; }));
  const std::size_t unexplained = flips.size() - near;
  if (context.json) {
    Json list = Json::array();
    for (const Flip& flip : flips) list.push_back(flip_json(flip));
    print_json({{"run_id", outcome.run_id},
                {"repeats", times},
                {"attempts", attempts->size()},
                {"failed", outcome.failed},
                {"flips_near_limit", near},
                {"flips", unexplained},
                {"changed", list}});
  } else {
    for (const Flip& flip : flips) print_result(flip_line(flip));
    print_result(fmt::format("{} attempts judged {} times: {} flips, and {} near a limit",
                             attempts->size(), times, unexplained, near));
  }
  if (unexplained > 0) return ExitCode::Regression;
  if (outcome.failed == 0) return ExitCode::Done;
  narrate(context, fmt::format("{} attempts could not be judged (IE)", outcome.failed));
  return ExitCode::Fault;
}

}  // namespace eval::cli
