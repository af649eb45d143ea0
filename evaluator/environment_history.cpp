#include "evaluator/environment_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json.h"

namespace eval::evaluator {
namespace {

std::string key_of(const std::string& problem) {
  return "swe-bench cost 1 " + problem;
}

std::optional<judges::swe::EvaluationCost> read_cost(Store& store, const std::string& problem) {
  const auto text = store.fact(key_of(problem)).value_or(std::nullopt);
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, "cost");
  if (!json) return std::nullopt;
  const auto time_ms = read_integer(*json, "time_ms", -1);
  const auto memory = read_integer(*json, "memory_bytes", -1);
  if (!time_ms || *time_ms < 0) return std::nullopt;
  judges::swe::EvaluationCost cost{std::chrono::milliseconds(*time_ms), {}};
  if (memory && *memory >= 0) cost.memory = Bytes{static_cast<std::uint64_t>(*memory)};
  return cost;
}

}  // namespace

judges::swe::KeepCost keep_costs(Store& store) {
  return [&store](const problems::Problem& problem, const judges::swe::EvaluationCost& cost) {
    const auto before = read_cost(store, problem.id);
    std::optional<Bytes> memory = cost.memory;
    if (before && before->memory) memory = std::max(memory.value_or(Bytes{}), *before->memory);
    Json json = {{"time_ms", cost.time.count()}};
    if (memory) json["memory_bytes"] = memory->count;
    static_cast<void>(store.set_fact(key_of(problem.id), to_json_line(json)));
  };
}

void add_history(Store& store, std::vector<judges::swe::PlannedInstance>& instances) {
  for (judges::swe::PlannedInstance& instance : instances) {
    const auto cost = read_cost(store, instance.problem);
    if (!cost) continue;
    instance.time = cost->time;
    instance.memory = cost->memory;
  }
}

}  // namespace eval::evaluator
