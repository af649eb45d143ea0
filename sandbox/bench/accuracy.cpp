#include "sandbox/bench/accuracy.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <thread>

#include "base/unique_fd.h"

namespace eval::sandbox::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kBombProcesses = 500;
constexpr std::uint64_t kFileMib = 400;

double to_ms(microseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

double mib_of(Bytes bytes) {
  return static_cast<double>(bytes.count) / (1 << 20);
}

class Measurer {
 public:
  Measurer(Sandbox& sandbox, const AccuracyOptions& options)
      : sandbox_(sandbox), options_(options) {}

  Result<void> overshoot(Accuracy& accuracy) {
    say("overshoot of the CPU limit");
    std::vector<double> over;
    Limits limits;
    limits.cpu_time = milliseconds(200);
    for (int i = 0; i < options_.tries; ++i) {
      const ExecutionResult result = EVAL_TRY(run({"count", "100000"}, limits));
      if (result.status != RunStatus::CpuTimeLimit) return unexpected("a busy loop", result);
      over.push_back(to_ms(result.cpu_time - limits.cpu_time));
    }
    accuracy.overshoot_ms = quantiles_of(std::move(over));
    return {};
  }

  Result<void> bomb(Accuracy& accuracy) {
    say("a bomb of 500 processes");
    std::vector<double> times;
    Limits limits;
    limits.processes = kBombProcesses + 12;
    for (int i = 0; i < std::max(3, options_.tries / 4); ++i) {
      const auto started = steady_clock::now();
      const ExecutionResult result =
          EVAL_TRY(run({"fork", fmt::format("{}", kBombProcesses)}, limits));
      const auto took = steady_clock::now() - started;
      if (result.exit_code != 0 || result.status != RunStatus::Exited) {
        return unexpected("a program of 500 processes", result);
      }
      times.push_back(to_ms(std::chrono::duration_cast<microseconds>(took) - result.wall_time));
    }
    accuracy.bomb_empty_ms = quantiles_of(std::move(times));
    return {};
  }

  Result<void> memory(Accuracy& accuracy) {
    say("memory readings");
    const fs::path file = options_.folder / "large";
    const UniqueFd large(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
    if (!large.valid() || ftruncate(large.value(), static_cast<off_t>(kFileMib << 20)) < 0) {
      return fail(system_error(ErrorCode::Io, "cannot make a large file", errno, file.string()));
    }
    const ExecutionResult empty = EVAL_TRY(run({"touch", "0"}, Limits{}));
    if (!empty.memory_peak) return {};
    for (const bool reads : {false, true}) {
      for (const int mib : {1, 2, 5, 10, 20, 50, 100, 200}) {
        MemoryRow row{mib, reads, 0};
        for (int i = 0; i < std::max(2, options_.tries / 8); ++i) {
          // Clean pages are dropped, so that the program is the first to read them again.
          posix_fadvise(large.value(), 0, 0, POSIX_FADV_DONTNEED);
          const double error =
              EVAL_TRY(memory_error(mib, reads ? file.string() : "", *empty.memory_peak));
          if (std::abs(error) > std::abs(row.worst_error_mib)) row.worst_error_mib = error;
        }
        accuracy.memory.push_back(row);
      }
    }
    std::error_code error;
    fs::remove(file, error);
    return {};
  }

  Result<void> near_limit(Accuracy& accuracy) {
    say("programs near their limit, two at once");
    // Work that takes about 200 ms alone is nine tenths of the limit.
    const long work = EVAL_TRY(work_for("count", 100, 200));
    const double alone = to_ms(EVAL_TRY(fastest("count", work, 3)));
    Limits limits;
    limits.cpu_time = milliseconds(static_cast<int>(std::ceil(alone / 0.9)));
    const int each = std::max(5, options_.tries / 2);
    const std::vector<ExecutionResult> results =
        EVAL_TRY(two_at_once({"count", fmt::format("{}", work)}, limits, each));
    for (const ExecutionResult& result : results) {
      ++accuracy.limit_runs;
      if (result.status == RunStatus::CpuTimeLimit) ++accuracy.limit_false;
      accuracy.limit_worst =
          std::max(accuracy.limit_worst, to_ms(result.cpu_time) / to_ms(limits.cpu_time));
    }
    return {};
  }

  Result<void> neighbour(Accuracy& accuracy, const char* load, const char* work, long amount) {
    say(fmt::format("neighbours: {}", load));
    const long units = EVAL_TRY(work_for(work, amount, 150));
    const int times = std::max(3, options_.tries / 4);
    std::vector<double> alone;
    const std::vector<std::string> arguments = {work, fmt::format("{}", units)};
    for (int i = 0; i < times; ++i) {
      alone.push_back(to_ms(EVAL_TRY(run(arguments, Limits{})).cpu_time));
    }
    std::vector<double> together;
    for (const ExecutionResult& result : EVAL_TRY(two_at_once(arguments, Limits{}, times))) {
      together.push_back(to_ms(result.cpu_time));
    }
    const auto [least, most] = std::minmax_element(alone.begin(), alone.end());
    NeighbourRow row;
    row.load = load;
    row.alone_spread = (*most - *least) / *least;
    row.alone_ms = median_of(alone);
    row.together_ms = median_of(together);
    row.factor = row.together_ms / row.alone_ms;
    accuracy.neighbours.push_back(row);
    return {};
  }

 private:
  void say(const std::string& text) const {
    if (options_.progress) options_.progress(text);
  }

  static Failure unexpected(std::string_view what, const ExecutionResult& result) {
    return fail(ErrorCode::Infrastructure,
                fmt::format("{} ended as {} with code {}", what, run_status_name(result.status),
                            result.exit_code));
  }

  Result<ExecutionResult> run(std::vector<std::string> arguments, const Limits& limits,
                              const fs::path& readable = {}) {
    Command command;
    command.argv = {"./program"};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.files.push_back({"program", {.host_path = options_.program}, true});
    if (!readable.empty()) command.readable_host_paths.push_back(readable);
    ExecutionResult result = EVAL_TRY(sandbox_.run(command, limits, options_.stop));
    if (result.status == RunStatus::Cancelled) return fail(ErrorCode::Cancelled, "stopped");
    return result;
  }

  Result<double> memory_error(int mib, const std::string& file, Bytes empty) {
    Limits limits;
    limits.memory = Bytes::mib(256);
    std::vector<std::string> arguments = {"touch", fmt::format("{}", mib)};
    if (!file.empty()) arguments.push_back(file);
    const ExecutionResult result =
        EVAL_TRY(run(arguments, limits, file.empty() ? fs::path{} : options_.folder));
    if (result.status != RunStatus::Exited) return unexpected("a program that touches", result);
    return mib_of(result.memory_peak.value_or(Bytes{})) - mib_of(empty) - mib;
  }

  Result<microseconds> fastest(const char* work, long amount, int times) {
    microseconds best = microseconds::max();
    for (int i = 0; i < times; ++i) {
      const auto result = EVAL_TRY(run({work, fmt::format("{}", amount)}, Limits{}));
      best = std::min(best, result.cpu_time);
    }
    return best;
  }

  // How much of `work` takes about `ms`, from a first try with `amount`.
  Result<long> work_for(const char* work, long amount, double ms) {
    const double took = std::max(0.1, to_ms(EVAL_TRY(fastest(work, amount, 2))));
    return std::max(1L, std::lround(static_cast<double>(amount) * ms / took));
  }

  Result<std::vector<ExecutionResult>> two_at_once(const std::vector<std::string>& arguments,
                                                   const Limits& limits, int each) {
    std::vector<ExecutionResult> results[2];
    Result<void> outcomes[2];
    const auto work = [&](std::size_t worker) {
      for (int i = 0; i < each && outcomes[worker]; ++i) {
        auto result = run(arguments, limits);
        if (result)
          results[worker].push_back(std::move(*result));
        else
          outcomes[worker] = fail(result.error());
      }
    };
    {
      const std::jthread other(work, 1);
      work(0);
    }
    for (auto& outcome : outcomes) EVAL_TRY(std::move(outcome));
    results[0].insert(results[0].end(), results[1].begin(), results[1].end());
    return std::move(results[0]);
  }

  Sandbox& sandbox_;
  const AccuracyOptions& options_;
};

}  // namespace

Result<Accuracy> measure_accuracy(Sandbox& sandbox, const AccuracyOptions& options) {
  Accuracy accuracy;
  accuracy.isolation = sandbox.isolation();
  Measurer measurer(sandbox, options);
  EVAL_TRY(measurer.overshoot(accuracy));
  EVAL_TRY(measurer.bomb(accuracy));
  EVAL_TRY(measurer.memory(accuracy));
  EVAL_TRY(measurer.near_limit(accuracy));
  EVAL_TRY(measurer.neighbour(accuracy, "integer", "count", 50));
  EVAL_TRY(measurer.neighbour(accuracy, "memory", "jump", 2000));
  EVAL_TRY(measurer.neighbour(accuracy, "page faults", "fault", 20));
  return accuracy;
}

}  // namespace eval::sandbox::bench
