#include "sandbox/bench/bench_report.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <thread>

#include "base/embedded.h"
#include "sandbox/linux_sandbox.h"

EVAL_EMBEDDED(evalctl_bench_target)

namespace eval::sandbox::bench {
namespace {

// Runs inside a box never see it; posix_spawn and bubblewrap run it where it lies.
Result<fs::path> place_target(const fs::path& folder) {
  const fs::path program = folder / "program";
  EVAL_TRY(write_file(program, evalctl_bench_target()));
  if (chmod(program.c_str(), 0755) < 0) {
    return fail(ErrorCode::Io, "cannot make the benchmark's program executable", program.string());
  }
  return program;
}

const SpeedRow* find_row(const BenchReport& report, std::string_view prefix, int workers) {
  const auto found =
      std::find_if(report.speed.begin(), report.speed.end(), [&](const SpeedRow& row) {
        return row.workers == workers && row.variant.rfind(prefix, 0) == 0;
      });
  return found == report.speed.end() ? nullptr : &*found;
}

void add_speed_aims(const BenchReport& report, std::vector<Aim>& aims) {
  const SpeedRow* one = find_row(report, "warm box", 1);
  const SpeedRow* two = find_row(report, "warm box", 2);
  if (one == nullptr || two == nullptr) return;
  aims.push_back({"warm run, wall, x posix_spawn", 1.25, false, one->wall_ratio});
  aims.push_back({"warm run, CPU, x posix_spawn", 1.3, false, one->cpu_ratio});
  aims.push_back({"warm runs per second, x posix_spawn", 0.8, true, one->rate_ratio});
  aims.push_back(
      {"2 workers' runs per second, x 1 worker's", 1.6, true, two->per_second / one->per_second});
  const SpeedRow* own = find_row(report, "evalctl-box", 1);
  const SpeedRow* other = find_row(report, "bubblewrap", 1);
  if (own == nullptr || other == nullptr) return;
  aims.push_back({"one-shot command line, wall, x bubblewrap", 0.6, false,
                  own->wall_ratio / other->wall_ratio});
  aims.push_back(
      {"one-shot command line, CPU, x bubblewrap", 0.6, false, own->cpu_ratio / other->cpu_ratio});
}

void add_accuracy_aims(const Accuracy& accuracy, std::vector<Aim>& aims) {
  aims.push_back({"CPU limit overshoot, p95, ms", 10, false, accuracy.overshoot_ms.p95});
  aims.push_back({"500 processes gone, p95, ms", 500, false, accuracy.bomb_empty_ms.p95});
  double worst = 0;  // as a part of what is allowed
  for (const MemoryRow& row : accuracy.memory) {
    const double allowed = std::max(0.5, 0.01 * row.touched_mib);
    worst = std::max(worst, std::abs(row.worst_error_mib) / allowed);
  }
  aims.push_back({"memory error, x max(1 %, 0.5 MiB)", 1, false, worst});
  aims.push_back({"false time limits at 0.9 x the limit", 0, false,
                  static_cast<double>(accuracy.limit_false)});
}

std::string accuracy_text(const Accuracy& accuracy) {
  std::string text = fmt::format("\naccuracy, {}\n", accuracy.isolation);
  const Quantiles& over = accuracy.overshoot_ms;
  text += fmt::format(
      "  overshoot of a CPU limit of 200 ms: median {:.1f}, p95 {:.1f}, max {:.1f} ms\n",
      over.median, over.p95, over.max);
  const Quantiles& bomb = accuracy.bomb_empty_ms;
  text += fmt::format(
      "  500 processes, from the end of the first to an empty box: median {:.0f}, max {:.0f} ms\n",
      bomb.median, bomb.max);
  text +=
      fmt::format("  at 0.9 x the limit, two at once: {} of {} over it, worst {:.2f} x the limit\n",
                  accuracy.limit_false, accuracy.limit_runs, accuracy.limit_worst);
  text += "  memory, worst error in MiB, touched only and with 400 MiB of first reads:\n";
  for (const MemoryRow& row : accuracy.memory) {
    if (row.reads_files) continue;
    double with_reads = 0;
    for (const MemoryRow& other : accuracy.memory) {
      if (other.reads_files && other.touched_mib == row.touched_mib) {
        with_reads = other.worst_error_mib;
      }
    }
    text += fmt::format("    {:>4} MiB  {:>+7.2f} {:>+7.2f}\n", row.touched_mib,
                        row.worst_error_mib, with_reads);
  }
  text += "  CPU time of the same work, alone and beside another that does the same:\n";
  for (const NeighbourRow& row : accuracy.neighbours) {
    text +=
        fmt::format("    {:<12} {:>6.0f} ms (spread {:.0f} %)  {:>6.0f} ms  x {:.2f}\n", row.load,
                    row.alone_ms, 100 * row.alone_spread, row.together_ms, row.factor);
  }
  return text;
}

Json quantiles_json(const Quantiles& values) {
  return {{"p10", values.p10},
          {"median", values.median},
          {"p90", values.p90},
          {"p95", values.p95},
          {"max", values.max}};
}

Json accuracy_json(const Accuracy& accuracy) {
  Json memory = Json::array();
  for (const MemoryRow& row : accuracy.memory) {
    memory.push_back({{"touched_mib", row.touched_mib},
                      {"reads_files", row.reads_files},
                      {"worst_error_mib", row.worst_error_mib}});
  }
  Json neighbours = Json::array();
  for (const NeighbourRow& row : accuracy.neighbours) {
    neighbours.push_back({{"load", row.load},
                          {"alone_ms", row.alone_ms},
                          {"alone_spread", row.alone_spread},
                          {"together_ms", row.together_ms},
                          {"factor", row.factor}});
  }
  return {{"isolation", accuracy.isolation},
          {"overshoot_ms", quantiles_json(accuracy.overshoot_ms)},
          {"bomb_empty_ms", quantiles_json(accuracy.bomb_empty_ms)},
          {"limit_runs", accuracy.limit_runs},
          {"limit_false", accuracy.limit_false},
          {"limit_worst", accuracy.limit_worst},
          {"memory", memory},
          {"neighbours", neighbours}};
}

}  // namespace

Result<BenchReport> run_bench(const BenchOptions& options) {
  const TempDir folder = EVAL_TRY(TempDir::create("evalctl-bench-"));
  const fs::path program = EVAL_TRY(place_target(folder.path()));
  // The clock first: boxes are counted by the group that their maker is in.
  const CpuClock clock = CpuClock::create();
  BenchReport report;
  report.cpu_source = clock.source();
  SpeedOptions speed;
  speed.program = program;
  speed.evalctl = options.evalctl;
  speed.progress = options.progress;
  speed.stop = options.stop;
  if (options.quick) {
    speed.rounds = 3;
    speed.runs = 30;
  }
  report.speed = EVAL_TRY(measure_speed(clock, speed));
  if (!options.accuracy) return report;
  LinuxSandboxOptions pinned{.boxes = 2};
  if (std::thread::hardware_concurrency() >= 2) pinned.cores = {0, 1};
  const auto sandbox = EVAL_TRY(create_linux_sandbox(pinned));
  AccuracyOptions accuracy;
  accuracy.program = program;
  accuracy.folder = folder.path();
  accuracy.progress = options.progress;
  accuracy.stop = options.stop;
  if (options.quick) accuracy.tries = 6;
  report.accuracy = EVAL_TRY(measure_accuracy(*sandbox, accuracy));
  return report;
}

std::vector<Aim> aims_of(const BenchReport& report) {
  std::vector<Aim> aims;
  add_speed_aims(report, aims);
  if (report.accuracy) add_accuracy_aims(*report.accuracy, aims);
  return aims;
}

std::string bench_text(const BenchReport& report) {
  std::string text = fmt::format(
      "an empty static program; CPU time from {}\n"
      "{:<28} {:>2} {:>5} | {:>7} {:>7} {:>7} | {:>7} {:>6} | x posix_spawn: {:>5} {:>13} {:>5} "
      "{:>5}\n",
      report.cpu_source, "variant", "w", "runs", "p10 ms", "median", "p90", "cpu ms", "runs/s",
      "wall", "range", "cpu", "rate");
  for (const SpeedRow& row : report.speed) {
    text += fmt::format(
        "{:<28} {:>2} {:>5} | {:>7.2f} {:>7.2f} {:>7.2f} | {:>7.2f} {:>6.0f} | {:>20.2f} "
        "{:>6.2f}-{:<6.2f} {:>5.2f} {:>5.2f}\n",
        row.variant, row.workers, row.runs, row.wall_ms.p10, row.wall_ms.median, row.wall_ms.p90,
        row.cpu_ms, row.per_second, row.wall_ratio, row.wall_ratio_min, row.wall_ratio_max,
        row.cpu_ratio, row.rate_ratio);
  }
  text +=
      "IPC needs no fresh namespace per run: System V and POSIX queues are absent calls in every "
      "box.\n";
  if (report.accuracy) text += accuracy_text(*report.accuracy);
  text += "\naims\n";
  for (const Aim& aim : aims_of(report)) {
    text += fmt::format("  {:<44} {:>8.2f}  (at {} {:g})  {}\n", aim.what, aim.measured,
                        aim.at_least ? "least" : "most", aim.limit, aim.met() ? "met" : "NOT MET");
  }
  return text;
}

Json bench_json(const BenchReport& report) {
  Json speed = Json::array();
  for (const SpeedRow& row : report.speed) {
    speed.push_back({{"variant", row.variant},
                     {"workers", row.workers},
                     {"runs", row.runs},
                     {"wall_ms", quantiles_json(row.wall_ms)},
                     {"cpu_ms", row.cpu_ms},
                     {"per_second", row.per_second},
                     {"wall_ratio", row.wall_ratio},
                     {"wall_ratio_min", row.wall_ratio_min},
                     {"wall_ratio_max", row.wall_ratio_max},
                     {"cpu_ratio", row.cpu_ratio},
                     {"rate_ratio", row.rate_ratio}});
  }
  Json aims = Json::array();
  for (const Aim& aim : aims_of(report)) {
    aims.push_back({{"what", aim.what},
                    {"limit", aim.limit},
                    {"at_least", aim.at_least},
                    {"measured", aim.measured},
                    {"met", aim.met()}});
  }
  Json json = {{"cpu_source", report.cpu_source}, {"speed", speed}, {"aims", aims}};
  if (report.accuracy) json["accuracy"] = accuracy_json(*report.accuracy);
  return json;
}

}  // namespace eval::sandbox::bench
