// How fast submissions are judged, and what the judging costs beside them.
//
// The accepted C++ submissions of the quickstart suite's problems with the default checker are judged
// over and over by one worker, in turn with a plain shell loop that runs the same programs on the same
// inputs and compares with diff: no box, no limits, no measurements. Everything is compiled before.
// Printed are medians over the rounds:
//
//   tests per second     testcases run and checked, by wall time
//   outside              share of all CPU time (this process, box inits, submissions) that the
//                        submissions did not use themselves
//   overhead             wall time per testcase that is not the submission's own
//
// Run: judge_bench [ROUNDS]; figures and their meaning are in docs/benchmarks.md.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "judges/program_judge.h"
#include "judges/steps/reference.h"
#include "problems/suite.h"
#include "sandbox/linux_sandbox.h"

namespace {

using namespace eval;  // NOLINT(google-build-using-namespace): a program of its own
using Clock = std::chrono::steady_clock;

struct Work {
  const problems::Problem* problem = nullptr;
  judges::SourceProgram program;
};

struct Round {
  double wall_s = 0;
  double cpu_s = 0;             // all processes
  double submission_cpu_s = 0;  // theirs
  double submission_wall_s = 0;
  int tests = 0;
};

[[noreturn]] void stop_with(const Error& error) {
  fmt::print(stderr, "judge_bench: {}\n", describe(error));
  std::exit(1);
}

template <class T>
T take(Result<T> result) {
  if (!result) stop_with(result.error());
  return std::move(*result);
}

// CPU seconds of this process and all below it. Every process that ends is waited for by one of
// these, so nothing is lost.
double tree_cpu_seconds() {
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::map<long, std::pair<long, double>> processes;  // pid -> parent, seconds
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto pid = parse_integer(entry.path().filename().string());
    if (!pid) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const std::size_t close = text.rfind(')');
    if (close == std::string::npos) continue;
    const std::vector<std::string_view> fields =
        split_words(std::string_view(text).substr(close + 1));
    if (fields.size() < 15) continue;
    const auto number = [&](std::size_t i) {
      return static_cast<double>(parse_integer(fields[i]).value_or(0));
    };
    // After the name: state, ppid, ...; utime, stime, cutime and cstime are fields 14 to 17 of all.
    processes[*pid] = {static_cast<long>(number(1)),
                       tick * (number(11) + number(12) + number(13) + number(14))};
  }
  double sum = 0;
  for (const auto& [pid, process] : processes) {
    for (long at = pid; at > 1; at = processes.contains(at) ? processes[at].first : 0) {
      if (at != ::getpid()) continue;
      sum += process.second;
      break;
    }
  }
  return sum;
}

std::vector<Work> collect(const problems::Suite& suite) {
  std::vector<Work> work;
  for (const problems::Problem& problem : suite.problems) {
    const auto& task = std::get<problems::ProgramTask>(problem.task);
    if (task.checker.program || task.is_scoring) continue;
    for (const problems::ReferenceSubmission& reference : task.reference_submissions) {
      if (reference.expected != std::vector<std::string>{"AC"}) continue;
      auto read = take(judges::read_reference(problem, reference, judges::Languages::built_in()));
      if (read.language == nullptr || read.language->id != "cpp20") continue;
      work.push_back({&problem, std::move(read.program)});
    }
  }
  return work;
}

Round judge_round(judges::Judge& judge, const std::vector<Work>& work) {
  Round round;
  const double cpu = tree_cpu_seconds();
  const auto start = Clock::now();
  for (const Work& item : work) {
    const judges::Judgement judgement = take(judge.judge(*item.problem, item.program, {}));
    if (judgement.verdict != judges::Verdict::AC) {
      fmt::print(stderr, "judge_bench: {} is {}\n", item.problem->id,
                 judges::verdict_name(judgement.verdict));
      std::exit(1);
    }
    for (const judges::TestResult& test : judgement.tests) {
      round.tests += 1;
      round.submission_cpu_s += static_cast<double>(test.cpu_time.count()) / 1e6;
      round.submission_wall_s += static_cast<double>(test.wall_time.count()) / 1e6;
    }
  }
  round.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  round.cpu_s = tree_cpu_seconds() - cpu;
  return round;
}

std::string quoted(const std::string& text) {
  return "'" + replace_all(text, "'", "'\\''") + "'";
}

// Compiles the work with the same command and writes the loop.
fs::path write_shell_loop(const std::vector<Work>& work, const fs::path& folder) {
  std::string script = "cd " + quoted(folder.string()) + "\nulimit -t 60\n";
  for (std::size_t i = 0; i < work.size(); ++i) {
    const fs::path source = folder / fmt::format("{}.cpp", i);
    const fs::path program = folder / fmt::format("{}.bin", i);
    std::ofstream(source) << work[i].program.files.front().content;
    ToolCommand compile;
    compile.argv = {"/usr/bin/g++",   "-O2",          "-std=gnu++20", "-static", "-o",
                    program.string(), source.string()};
    const ToolResult compiled = take(run_tool(compile));
    if (!fs::exists(program)) {
      fmt::print(stderr, "{}", compiled.standard_error);
      std::exit(1);
    }
    for (const auto& test : std::get<problems::ProgramTask>(work[i].problem->task).testcases) {
      // Differences are not counted: diff knows no tolerances.
      script +=
          fmt::format("{} < {} > out && diff -qb out {} > /dev/null\n", quoted(program.string()),
                      quoted(test.input.path.string()), quoted(test.answer.path.string()));
    }
  }
  const fs::path path = folder / "loop.sh";
  std::ofstream(path) << script;
  return path;
}

Round shell_round(const fs::path& script, int tests) {
  Round round;
  round.tests = tests;
  const auto start = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/bin/sh", "sh", script.c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  round.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  round.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return round;
}

template <class Value>
double median(const std::vector<Round>& rounds, Value value) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(value(round));
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

void print(const char* name, const std::vector<Round>& rounds, bool is_judge) {
  fmt::print("{:<11} {:>7.0f} tests/s  {:>6.2f} ms wall  {:>6.2f} ms CPU a test", name,
             median(rounds, [](const Round& r) { return r.tests / r.wall_s; }),
             median(rounds, [](const Round& r) { return 1e3 * r.wall_s / r.tests; }),
             median(rounds, [](const Round& r) { return 1e3 * r.cpu_s / r.tests; }));
  if (is_judge) {
    fmt::print(
        "  outside {:.0f} %  overhead {:.2f} ms wall, {:.2f} ms CPU a test",
        median(rounds,
               [](const Round& r) {
                 return 100 * std::max(0.0, 1 - r.submission_cpu_s / std::max(r.cpu_s, 1e-9));
               }),
        median(rounds,
               [](const Round& r) { return 1e3 * (r.wall_s - r.submission_wall_s) / r.tests; }),
        median(rounds,
               [](const Round& r) { return 1e3 * (r.cpu_s - r.submission_cpu_s) / r.tests; }));
  }
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const auto asked = argc > 1 ? parse_integer(argv[1]) : std::nullopt;
  const auto rounds = std::clamp<long long>(asked.value_or(7), 1, 1000);
  const fs::path packages = fs::path(EVAL_TEST_SOURCE_DIR) / "problems/packages/quickstart";
  const problems::Suite suite = take(problems::load_suite(packages.string(), {}));
  const std::vector<Work> work = collect(suite);
  const auto box = take(sandbox::create_linux_sandbox({.boxes = 1}));
  const auto judge = judges::make_program_judge(*box, judges::Languages::built_in(), {});
  const TempDir folder = take(TempDir::create("judge-bench-"));
  const int tests = judge_round(*judge, work).tests;  // compiles
  const fs::path script = write_shell_loop(work, folder.path());
  shell_round(script, tests);
  std::vector<Round> judged, looped;
  for (long long i = 0; i < rounds; ++i) {
    judged.push_back(judge_round(*judge, work));
    looped.push_back(shell_round(script, tests));
  }
  fmt::print("{} submissions, {} testcases, {} rounds in turn, medians; box {}\n", work.size(),
             tests, rounds, box->isolation());
  print("judge", judged, true);
  print("shell loop", looped, false);
  return 0;
}
