// The speed and accuracy of the sandbox beside posix_spawn and others. See docs/benchmarks.md.
//
//   sandbox_bench [--quick] [--speed-only] [--json] [--evalctl PATH]
//
// Exit 1 if an aim on CPU time is missed; wall time is shown and decides nothing.
#include <fmt/format.h>
#include <unistd.h>

#include <string_view>

#include "sandbox/bench/bench_report.h"

namespace {

bool cpu_aims_met(const eval::sandbox::bench::BenchReport& report) {
  for (const auto& aim : eval::sandbox::bench::aims_of(report)) {
    if (aim.what == "warm run, CPU, x posix_spawn" && !aim.met()) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  eval::sandbox::bench::BenchOptions options;
  bool json = false;
  options.evalctl = EVAL_EVALCTL;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick") {
      options.quick = true;
    } else if (word == "--speed-only") {
      options.accuracy = false;
    } else if (word == "--json") {
      json = true;
    } else if (word == "--evalctl" && i + 1 < argc) {
      options.evalctl = argv[++i];
    } else {
      fmt::print(stderr,
                 "usage: sandbox_bench [--quick] [--speed-only] [--json] [--evalctl PATH]\n");
      return 64;
    }
  }
  if (access(options.evalctl.c_str(), X_OK) != 0) options.evalctl.clear();
  options.progress = [](const std::string& what) { fmt::print(stderr, "{}\n", what); };
  const auto report = eval::sandbox::bench::run_bench(options);
  if (!report) {
    fmt::print(stderr, "{}\n", describe(report.error()));
    return 4;
  }
  fmt::print("{}", json ? eval::to_json_text(bench_json(*report)) : bench_text(*report));
  return cpu_aims_met(*report) ? 0 : 1;
}
