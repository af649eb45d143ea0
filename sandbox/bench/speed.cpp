// Rounds are interleaved: a machine that is slow for a while is slow for all variants of that round,
// and every ratio is taken within one round.
#include "sandbox/bench/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "sandbox/bench/peers.h"
#include "sandbox/isolation.h"
#include "sandbox/linux_sandbox.h"

namespace eval::sandbox::bench {
namespace {

using std::chrono::steady_clock;

struct Variant {
  std::string name;
  int workers = 1;
  int runs = 0;  // per round
  std::function<Result<void>()> run;
};

struct Round {
  std::vector<double> wall_ms;  // of each run
  double cpu_ms = 0;            // per run
  double per_second = 0;
};

double to_ms(steady_clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

Command empty_command(const fs::path& program) {
  Command command;
  command.argv = {"./program"};
  command.files.push_back({"program", {.host_path = program}, true});
  return command;
}

Result<void> run_in_box(Sandbox& sandbox, const Command& command, const std::stop_token& stop) {
  const ExecutionResult result = EVAL_TRY(sandbox.run(command, Limits{}, stop));
  if (result.status == RunStatus::Cancelled) return fail(ErrorCode::Cancelled, "stopped");
  if (result.status == RunStatus::Exited && result.exit_code == 0) return {};
  return fail(ErrorCode::Infrastructure, fmt::format("the empty program ended as {} in a box",
                                                     run_status_name(result.status)));
}

// Runs `variant.runs` times, spread over its workers.
Result<Round> measure_round(const CpuClock& clock, const Variant& variant) {
  const auto workers = static_cast<std::size_t>(variant.workers);
  std::vector<std::vector<double>> walls(workers);
  std::vector<Result<void>> outcomes(workers);
  const auto work = [&](std::size_t worker) {
    const int share = std::max(1, variant.runs / variant.workers);
    for (int i = 0; i < share && outcomes[worker]; ++i) {
      const auto started = steady_clock::now();
      outcomes[worker] = variant.run();
      walls[worker].push_back(to_ms(steady_clock::now() - started));
    }
  };
  const auto cpu_before = EVAL_TRY(clock.now());
  const auto started = steady_clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t worker = 1; worker < workers; ++worker) threads.emplace_back(work, worker);
    work(0);
  }
  const double elapsed_ms = to_ms(steady_clock::now() - started);
  const auto cpu = EVAL_TRY(clock.now()) - cpu_before;
  Round round;
  for (std::size_t worker = 0; worker < workers; ++worker) {
    EVAL_TRY(std::move(outcomes[worker]));
    round.wall_ms.insert(round.wall_ms.end(), walls[worker].begin(), walls[worker].end());
  }
  const auto runs = static_cast<double>(round.wall_ms.size());
  round.cpu_ms = static_cast<double>(cpu.count()) / 1000 / runs;
  round.per_second = runs * 1000 / elapsed_ms;
  return round;
}

SpeedRow row_of(const Variant& variant, const std::vector<Round>& rounds,
                const std::vector<Round>& base) {
  SpeedRow row;
  row.variant = variant.name;
  row.workers = variant.workers;
  std::vector<double> walls;
  std::vector<double> cpu;
  std::vector<double> rates;
  std::vector<double> wall_ratios;
  std::vector<double> cpu_ratios;
  std::vector<double> rate_ratios;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    walls.insert(walls.end(), rounds[i].wall_ms.begin(), rounds[i].wall_ms.end());
    cpu.push_back(rounds[i].cpu_ms);
    rates.push_back(rounds[i].per_second);
    wall_ratios.push_back(median_of(rounds[i].wall_ms) / median_of(base[i].wall_ms));
    cpu_ratios.push_back(rounds[i].cpu_ms / std::max(0.001, base[i].cpu_ms));
    rate_ratios.push_back(rounds[i].per_second / base[i].per_second);
  }
  row.runs = static_cast<int>(walls.size());
  row.wall_ms = quantiles_of(walls);
  row.cpu_ms = median_of(cpu);
  row.per_second = median_of(rates);
  row.wall_ratio = median_of(wall_ratios);
  const auto [least, most] = std::minmax_element(wall_ratios.begin(), wall_ratios.end());
  row.wall_ratio_min = *least;
  row.wall_ratio_max = *most;
  row.cpu_ratio = median_of(cpu_ratios);
  row.rate_ratio = median_of(rate_ratios);
  return row;
}

// The sandboxes to measure, best rung first; each is warm when returned.
Result<std::vector<std::unique_ptr<Sandbox>>> make_sandboxes(const Command& command,
                                                             const std::stop_token& stop) {
  std::vector<std::unique_ptr<Sandbox>> sandboxes;
  std::vector<LinuxSandboxOptions> rungs = {{.boxes = 2}, {.boxes = 2, .without_cgroups = true}};
  if (has_root_rights()) {
    rungs.push_back({.boxes = 2, .in_user_namespace = true});
    rungs.push_back({.boxes = 2, .without_cgroups = true, .in_user_namespace = true});
  }
  for (LinuxSandboxOptions& rung : rungs) {
    rung.pin = false;  // as posix_spawn, and there are not cores for all of them at once
    auto made = create_linux_sandbox(rung);
    Result<void> warm = made ? Result<void>{} : fail(made.error());
    for (int i = 0; warm && i < 2; ++i) {
      std::jthread other([&] { (void)run_in_box(**made, command, stop); });
      warm = run_in_box(**made, command, stop);
    }
    // The rung that judging would use must work; one below it may not be on offer.
    if (!warm && sandboxes.empty()) return fail(warm.error());
    if (!warm) continue;
    const bool known = std::any_of(sandboxes.begin(), sandboxes.end(), [&](const auto& other) {
      return other->isolation() == (*made)->isolation();
    });
    if (!known) sandboxes.push_back(std::move(*made));
  }
  return sandboxes;
}

}  // namespace

Result<std::vector<SpeedRow>> measure_speed(const CpuClock& clock, const SpeedOptions& options) {
  const Command command = empty_command(options.program);
  const auto sandboxes = EVAL_TRY(make_sandboxes(command, options.stop));
  const int slow_runs = std::max(2, options.runs / 10);
  std::vector<Variant> variants;
  for (const int workers : {1, 2}) {
    variants.push_back({"posix_spawn", workers, options.runs,
                        [&] { return spawn_and_wait({options.program.string()}); }});
    for (const auto& sandbox : sandboxes) {
      variants.push_back({"warm box, " + sandbox->isolation(), workers, options.runs,
                          [&] { return run_in_box(*sandbox, command, options.stop); }});
    }
    if (!options.evalctl.empty()) {
      variants.push_back({"evalctl sandbox run", workers, slow_runs, [&] {
                            return spawn_and_wait(one_shot_line(options.evalctl, options.program));
                          }});
    }
    for (const bool without_cgroup : {false, true}) {
      const auto line = box_tool_line(options.evalctl, options.program, without_cgroup);
      if (options.evalctl.empty() || line.empty()) continue;
      variants.push_back({without_cgroup ? "evalctl-box --without-cgroup" : "evalctl-box", workers,
                          slow_runs, [line] { return spawn_and_wait(line); }});
    }
    const std::vector<std::string> bubblewrap = bubblewrap_line(options.program);
    if (!bubblewrap.empty()) {
      variants.push_back(
          {"bubblewrap", workers, slow_runs, [bubblewrap] { return spawn_and_wait(bubblewrap); }});
    }
  }
  std::vector<std::vector<Round>> rounds(variants.size());
  for (int i = 0; i < options.rounds; ++i) {
    if (options.progress) options.progress(fmt::format("round {} of {}", i + 1, options.rounds));
    for (std::size_t at = 0; at < variants.size(); ++at) {
      if (options.stop.stop_requested()) return fail(ErrorCode::Cancelled, "stopped");
      rounds[at].push_back(EVAL_TRY(measure_round(clock, variants[at])));
    }
  }
  std::vector<SpeedRow> rows;
  const std::size_t second = variants.size() / 2;
  for (std::size_t at = 0; at < variants.size(); ++at) {
    rows.push_back(row_of(variants[at], rounds[at], rounds[at < second ? 0 : second]));
  }
  return rows;
}

}  // namespace eval::sandbox::bench
