#include "evaluator/cli/environment_planning.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <thread>

#include "base/clock.h"
#include "evaluator/environment_history.h"
#include "evaluator/grader_source.h"
#include "evaluator/pipeline/host.h"
#include "judges/swe/limited_environments.h"

namespace eval::cli {
namespace {

using judges::swe::EnvironmentPlan;
using judges::swe::PlannedInstance;

// What is left to judge, by problem.
Result<std::map<std::string, int>> attempts_left(const evaluator::RunConfig& config,
                                                 const runners::Runner* runner,
                                                 evaluator::Store& store, const Clock& clock) {
  std::map<std::string, int> left;
  std::string run_id = config.run_id;
  if (config.generate) {
    const auto plan = evaluator::plan_run(config, runner, clock);
    for (const auto& attempt : plan.attempts) left[attempt.problem_id] += 1;
    run_id = plan.manifest.run_id;
  }
  const auto runs = EVAL_TRY(store.runs());
  const bool exists =
      std::ranges::any_of(runs, [&](const auto& run) { return run.manifest.run_id == run_id; });
  if (!exists) return left;
  left.clear();
  for (const auto& attempt : EVAL_TRY(store.attempts(run_id, false))) {
    const bool is_judged = attempt.state == evaluator::AttemptState::Judged;
    if (!is_judged || config.judge_again) left[attempt.problem_id] += 1;
  }
  return left;
}

std::string memory_text(const EnvironmentPlanning& planning) {
  return fmt::format("{} for {} of {} that are free", to_string(planning.plan.memory),
                     planning.plan.at_once == 1 ? "it" : "them", to_string(planning.memory));
}

std::string time_text(const EnvironmentPlanning& planning) {
  const EnvironmentPlan& plan = planning.plan;
  if (!plan.time) return "no earlier evaluation to predict the time from";
  return fmt::format("about {} without downloads, from the history of {} of {}",
                     format_duration(*plan.time), plan.with_history, planning.instances.size());
}

}  // namespace

Result<EnvironmentPlanning> plan_instances(const Context& context,
                                           const evaluator::RunSettings& settings,
                                           const std::vector<const problems::Problem*>& problems,
                                           const std::vector<int>& attempts,
                                           judges::swe::EnvironmentSource& source,
                                           evaluator::Store* store) {
  EnvironmentPlanning planning;
  planning.problems = problems;
  auto needs = EVAL_TRY(source.needs_of(problems, context.stop));
  if (needs) {
    planning.instances = std::move(needs->instances);
    planning.faults = std::move(needs->faults);
    planning.disk = needs->disk_free;
  } else {
    for (const auto* problem : problems) planning.instances.push_back({problem->id, ""});
  }
  for (std::size_t i = 0; i < attempts.size(); ++i) planning.instances[i].attempts = attempts[i];
  if (store != nullptr) evaluator::add_history(*store, planning.instances);
  const auto memory = evaluator::host_memory();
  planning.memory = memory ? memory->available : Bytes{};
  judges::swe::PlanLimits limits;
  limits.memory = planning.memory;
  limits.cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  if (settings.jobs > 0) limits.at_once = settings.jobs;
  limits.disk = planning.disk.value_or(Bytes{});
  if (!settings.keep_images.empty())
    limits.disk = std::min(limits.disk, EVAL_TRY(parse_bytes(settings.keep_images)));
  planning.plan = judges::swe::plan_environments(planning.instances, limits);
  return planning;
}

std::vector<std::string> plan_lines(const EnvironmentPlanning& planning) {
  const EnvironmentPlan& plan = planning.plan;
  std::vector<std::string> lines;
  for (const Error& fault : planning.faults)
    lines.push_back(fmt::format("warning: not in the plan: {} ({})", fault.where, fault.what));
  if (plan.images > 0) {
    lines.push_back(fmt::format(
        "plan: instances {}, images {}; {} to download, {} on disk at most, {} free{}",
        planning.instances.size(), plan.images, to_string(plan.download), to_string(plan.disk_peak),
        to_string(planning.disk.value_or(Bytes{})),
        plan.prunes ? fmt::format("; images go behind their use, all of them would need {}",
                                  to_string(plan.disk_all))
                    : std::string()));
  }
  lines.push_back(fmt::format("plan: {} at once, by {}: {}; {}", plan.at_once, plan.limited_by,
                              memory_text(planning), time_text(planning)));
  if (!plan.fits) {
    lines.emplace_back(
        "warning: not every image fits on the disk, even alone; `evalctl env prune` makes room");
  }
  if (plan.memory > planning.memory && plan.limited_by == "-j") {
    lines.emplace_back("warning: with this -j memory may run out; without it the plan chooses");
  }
  return lines;
}

Json to_json(const EnvironmentPlanning& planning) {
  const EnvironmentPlan& plan = planning.plan;
  Json json = {{"at_once", plan.at_once},
               {"limited_by", plan.limited_by},
               {"ahead", plan.ahead},
               {"images", plan.images},
               {"download_bytes", plan.download.count},
               {"disk_peak_bytes", plan.disk_peak.count},
               {"disk_all_bytes", plan.disk_all.count},
               {"disk_free_bytes", Json()},
               {"prunes", plan.prunes},
               {"fits", plan.fits},
               {"memory_bytes", plan.memory.count},
               {"memory_free_bytes", planning.memory.count},
               {"time_ms", Json()},
               {"with_history", plan.with_history},
               {"instances", Json::array()},
               {"faults", Json::array()}};
  if (planning.disk) json["disk_free_bytes"] = planning.disk->count;
  if (plan.time) json["time_ms"] = plan.time->count();
  for (const std::size_t at : plan.order) {
    const PlannedInstance& instance = planning.instances[at];
    Json row = {{"problem", instance.problem},
                {"image", instance.image},
                {"attempts", instance.attempts},
                {"layers", instance.layers.size()},
                {"time_ms", Json()},
                {"memory_bytes", Json()}};
    if (instance.time) row["time_ms"] = instance.time->count();
    if (instance.memory) row["memory_bytes"] = instance.memory->count;
    json["instances"].push_back(std::move(row));
  }
  for (const Error& fault : planning.faults)
    json["faults"].push_back({{"where", fault.where}, {"what", fault.what}});
  return json;
}

std::string plan_table(const EnvironmentPlanning& planning) {
  std::vector<std::vector<std::string>> rows = {
      {"INSTANCE", "ATTEMPTS", "LAYERS", "NEW", "DOWNLOAD", "ON DISK", "TIME", "MEMORY"}};
  std::map<std::string, bool> seen;
  for (const std::size_t at : planning.plan.order) {
    const PlannedInstance& instance = planning.instances[at];
    Bytes download;
    Bytes disk;
    int fresh = 0;
    for (const auto& layer : instance.layers) {
      if (layer.here || !seen.emplace(layer.id, true).second) continue;
      download = download + layer.download;
      disk = disk + layer.disk;
      fresh += 1;
    }
    rows.push_back({instance.problem, std::to_string(instance.attempts),
                    std::to_string(instance.layers.size()), std::to_string(fresh),
                    to_string(download), to_string(disk),
                    instance.time ? format_duration(*instance.time) : "-",
                    instance.memory ? to_string(*instance.memory) : "-"});
  }
  return format_table(rows);
}

Result<std::shared_ptr<judges::swe::EnvironmentSource>> plan_and_obey(
    const Context& context, const evaluator::RunSettings& settings, evaluator::RunConfig& config,
    const runners::Runner* runner, evaluator::Store& store, const Clock& clock,
    std::shared_ptr<judges::swe::EnvironmentSource> source) {
  const auto left = EVAL_TRY(attempts_left(config, runner, store, clock));
  std::vector<const problems::Problem*> problems;
  std::vector<int> attempts;
  for (const problems::Problem& problem : config.suite.problems) {
    const auto count = left.find(problem.id);
    if (count == left.end() || !std::holds_alternative<problems::PatchTask>(problem.task)) continue;
    problems.push_back(&problem);
    attempts.push_back(count->second);
  }
  if (problems.empty()) return source;
  const EnvironmentPlanning planning =
      EVAL_TRY(plan_instances(context, settings, problems, attempts, *source, &store));
  for (const std::string& line : plan_lines(planning)) narrate(context, line);
  std::vector<const problems::Problem*> order;
  for (const std::size_t at : planning.plan.order) {
    order.push_back(problems[at]);
    config.work_order.push_back(problems[at]->id);
  }
  // Programs of a mixed suite keep their own number of workers; environments wait for each other.
  if (!evaluator::has_programs(config.suite)) config.judge_workers = planning.plan.at_once;
  source->expect(order, planning.plan.ahead);
  return std::shared_ptr(judges::swe::limit_environments(std::move(source), planning.plan.at_once));
}

}  // namespace eval::cli
