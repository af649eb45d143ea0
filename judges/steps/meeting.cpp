#include "judges/steps/meeting.h"

#include <algorithm>

namespace eval::judges {
namespace {

using sandbox::ExecutionResult;
using sandbox::RunStatus;

std::optional<Verdict> failure_of(const ExecutionResult& run, std::chrono::microseconds cpu_limit) {
  if (run.status == RunStatus::GroupEnded) return std::nullopt;
  return verdict_of(run, cpu_limit);
}

// The failure of the first process that failed, of those at `from` .. `to` in the order of ending.
std::optional<Verdict> first_failure(const Interaction& interaction, std::size_t from,
                                     std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    const ExecutionResult& run = interaction.submission[interaction.order[i]];
    const std::optional<Verdict> failure = failure_of(run, interaction.cpu_limit);
    if (failure) return failure;
  }
  return std::nullopt;
}

bool any_deadlocked(std::span<const ExecutionResult> runs) {
  return std::any_of(runs.begin(), runs.end(),
                     [](const ExecutionResult& run) { return run.status == RunStatus::Deadlock; });
}

std::chrono::microseconds total_cpu_time(std::span<const ExecutionResult> runs) {
  std::chrono::microseconds total{0};
  for (const ExecutionResult& run : runs) total += run.cpu_time;
  return total;
}

CheckOutcome failed(Verdict verdict, const CheckOutcome& interactor) {
  return {verdict, std::nullopt, std::nullopt, interactor.message};
}

}  // namespace

ExecutionResult merged(std::span<const ExecutionResult> runs, std::span<const std::size_t> order) {
  const auto failed_first = std::find_if(order.begin(), order.end(), [&](std::size_t index) {
    return runs[index].status != RunStatus::Exited || runs[index].exit_code != 0;
  });
  ExecutionResult all = runs[failed_first == order.end() ? 0 : *failed_first];
  for (const ExecutionResult& run : runs) {
    if (&run == runs.data()) {
      all.cpu_time = all.user_time = all.system_time = std::chrono::microseconds{0};
      all.standard_error.clear();
    }
    all.cpu_time += run.cpu_time;
    all.user_time += run.user_time;
    all.system_time += run.system_time;
    all.wall_time = std::max(all.wall_time, run.wall_time);
    if (run.memory_peak && (!all.memory_peak || run.memory_peak->count > all.memory_peak->count)) {
      all.memory_peak = run.memory_peak;
    }
    all.standard_error += run.standard_error;
  }
  return all;
}

CheckOutcome decide_interaction(const Interaction& interaction) {
  const CheckOutcome& said = interaction.interactor;
  const std::size_t before = interaction.ended_before_interactor;
  const std::size_t all = interaction.order.size();
  if (const auto failure = first_failure(interaction, 0, before)) return failed(*failure, said);
  if (any_deadlocked(interaction.submission)) return failed(Verdict::TLE, said);
  if (said.verdict == Verdict::JE) return said;
  if (said.verdict == Verdict::WA && before < all) return said;
  if (const auto failure = first_failure(interaction, before, all)) return failed(*failure, said);
  if (all > 1 && total_cpu_time(interaction.submission) > interaction.cpu_limit) {
    return failed(Verdict::TLE, said);
  }
  return said;
}

}  // namespace eval::judges
