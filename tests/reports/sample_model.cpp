#include "reports/sample_model.h"

#include <string>
#include <utility>

namespace eval::reports::testing {
namespace {

using judges::Verdict;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr std::int64_t kMorning = 1'767'258'000'000;  // 2026-01-01T09:00:00Z

judges::TestResult test(std::string name, Verdict verdict, int cpu_ms, std::uint64_t mebibytes) {
  judges::TestResult result;
  result.testcase = std::move(name);
  result.verdict = verdict;
  result.cpu_time = milliseconds(cpu_ms);
  result.wall_time = milliseconds(cpu_ms + 3);
  result.memory_peak = Bytes::mib(mebibytes);
  result.run_status = "exited";
  return result;
}

judges::Judgement judgement(Verdict verdict, double points, std::vector<judges::TestResult> tests) {
  judges::Judgement value;
  value.verdict = verdict;
  value.points = points;
  value.tests = std::move(tests);
  value.language = "cpp20";
  value.time_limit = milliseconds(2000);
  value.memory_limit = Bytes::mib(256);
  value.fingerprint =
      "program-judge 1; g++ 12.2.0 -O2 -std=gnu++20; default checker; root+cgroup-v2";
  return value;
}

AttemptView attempt(int index, std::optional<Verdict> verdict, std::string reply) {
  AttemptView view;
  view.index = index;
  view.seed = 18'446'744'073'709'551'000ULL + static_cast<std::uint64_t>(index);
  view.state = verdict ? "judged" : "generated";
  view.verdict = verdict;
  view.prompt = {{"system", "You solve competition tasks."},
                 {"user", "Solve the task below in C++20.\n\nRead $a$ and $b$, print $a + b$.\n"}};
  view.reply = std::move(reply);
  view.finish_reason = "stop";
  view.prompt_tokens = 182;
  view.completion_tokens = 640 + 10 * index;
  view.generation_ms = 4200 + 100 * index;
  view.generation_fingerprint = "replay 1; sha256 9f86d081884c7d65";
  view.extraction_rule = "last-block";
  view.judgement_count = verdict ? 1 : 0;
  return view;
}

ProblemView problem(std::string id, std::string title) {
  ProblemView view;
  view.id = std::move(id);
  view.title = std::move(title);
  view.kind = "program";
  view.statement = "Read $a$ and $b$, print $a + b$.\n";
  view.statement_format = "markdown";
  view.source = "Sample contest 2026";
  view.testcase_count = 4;
  view.time_limit_ms = 2000;
  view.memory_limit_bytes = 256 << 20;
  return view;
}

void finish(ProblemView& view, double rate, double low, double high) {
  view.solve_rate = Estimate{rate, low, high, static_cast<int>(view.attempts.size()), "wilson"};
  for (const AttemptView& one : view.attempts)
    view.best_points = std::max(view.best_points, one.points);
}

ProblemView sum_problem() {
  ProblemView view = problem("sample/aplusb", "A + B");
  AttemptView right = attempt(0, Verdict::AC, "Add them.\n\n```cpp\nint main() {}\n```\n");
  right.points = 1;
  right.sources = {
      {"main.cpp", "cpp20",
       "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b; }\n"}};
  right.judgement = judgement(
      Verdict::AC, 1, {test("sample/1", Verdict::AC, 1, 3), test("secret/01", Verdict::AC, 12, 4)});
  AttemptView wrong = attempt(1, Verdict::WA, "Subtract, \"obviously\".");
  wrong.sources = {{"main.cpp", "cpp20", "int main() { return 0; }\n"}};
  wrong.judgement = judgement(
      Verdict::WA, 0, {test("sample/1", Verdict::AC, 1, 3), test("secret/01", Verdict::WA, 11, 4)});
  wrong.judgement->tests[1].checker_message = "token 1: expected \"7\", got \"-1\"\nsecond line";
  wrong.judgement->tests[1].output_excerpt = "-1\n";
  AttemptView slow = attempt(2, Verdict::TLE, "Count up.");
  slow.truncated = true;
  slow.finish_reason = "length";
  slow.judgement = judgement(Verdict::TLE, 0, {test("sample/1", Verdict::TLE, 2004, 3)});
  slow.judgement->tests[0].stability = judges::Stability::ReRun;
  slow.judgement->tests[0].untimed_verdict = Verdict::AC;
  slow.judgement->tests[0].cpu_times = {
      std::chrono::milliseconds(2190), std::chrono::milliseconds(2004),
      std::chrono::milliseconds(2050), std::chrono::milliseconds(2011)};
  view.attempts = {right, wrong, slow, attempt(3, std::nullopt, "")};
  finish(view, 0.25, 0.0456, 0.6994);
  return view;
}

ProblemView crash_problem() {
  ProblemView view = problem("sample/crash|x", "=SUM(1) \"quoted\", 漢字 <b>|`*");
  AttemptView crash = attempt(0, Verdict::RE, "Divide by zero.");
  crash.judgement = judgement(Verdict::RE, 0, {test("sample/1", Verdict::RE, 2, 3)});
  crash.judgement->tests[0].run_status = "signalled";
  crash.judgement->tests[0].signal = 8;
  crash.judgement->tests[0].standard_error =
      "bell \x07 escape \x1b[31m invalid \xff byte \xEF\xBF\xBF ]]>\n";
  AttemptView memory = attempt(1, Verdict::MLE, "Allocate.");
  memory.judgement = judgement(Verdict::MLE, 0, {test("sample/1", Verdict::MLE, 90, 256)});
  memory.judgement->tests[0].run_status = "memory_limit";
  AttemptView broken = attempt(2, Verdict::CE, "Typo.");
  broken.judgement = judgement(Verdict::CE, 0, {});
  broken.judgement->compile_log = "main.cpp:3:5: error: 'cout' was not declared in this scope\n";
  AttemptView output = attempt(3, Verdict::OLE, "Print forever.");
  output.judgement = judgement(Verdict::OLE, 0, {test("sample/1", Verdict::OLE, 700, 3)});
  view.attempts = {crash, memory, broken, output};
  finish(view, 0, 0, 0.4899);
  return view;
}

ProblemView scoring_problem() {
  ProblemView view = problem("sample/islands", "Islands");
  view.is_scoring = true;
  view.points_max = 100;
  AttemptView partial = attempt(0, Verdict::PC, "Half of it.");
  partial.points = 41.5;
  partial.reasoning = "Perhaps a tree.";
  partial.judgement =
      judgement(Verdict::PC, 41.5,
                {test("secret/g1/1", Verdict::AC, 30, 9), test("secret/g2/1", Verdict::WA, 31, 9)});
  partial.judgement->tests[0].points = 41.5;
  partial.judgement->subtasks = {{"secret/g1", Verdict::AC, 41.5, 41.5},
                                 {"secret/g2", Verdict::WA, 0, 58.5},
                                 {"data", Verdict::PC, 41.5, 100.0}};
  AttemptView silent = attempt(1, Verdict::NA, "I cannot do this.");
  silent.truncated = true;
  silent.extraction_rule = "";
  AttemptView checker = attempt(2, Verdict::JE, "Anything.");
  checker.judgement = judgement(Verdict::JE, 0, {});
  checker.judgement->detail = "checker exited with code 3 on testcase secret/g1/1";
  AttemptView lost = attempt(3, Verdict::IE, "");
  lost.state = "failed";
  lost.errors = {{"generate", 1, "network", "the server answered 503", "http://localhost:8000",
                  "check that it is running", kMorning + 5000},
                 {"generate", 2, "network", "no byte for 120 s", "http://localhost:8000", "",
                  kMorning + 9000}};
  view.attempts = {partial, silent, checker, lost};
  finish(view, 0, 0, 0.4899);
  return view;
}

MedalOutcome medal() {
  MedalOutcome outcome;
  outcome.contest = "IOI 2025";
  outcome.medal = "bronze";
  outcome.explanation =
      "The score reaches the bronze cutoff. The gold cutoff of this year is not known, so nothing "
      "is said about gold.";
  outcome.score = 241.5;
  outcome.score_max = 600;
  outcome.cutoffs = {{"gold", std::nullopt, std::nullopt, std::nullopt, "unknown", ""},
                     {"silver", 266.2, -24.7, std::nullopt, "secondary", "a news page"},
                     {"bronze", 200.0, 41.5, std::nullopt, "computed", "the result list"}};
  outcome.reported = {"Another system: 310 points (its authors)"};
  return outcome;
}

}  // namespace

ReportModel sample_model() {
  ReportModel model;
  model.run = {"sample-run-1",
               "sample",
               "Sample suite",
               "replay:recorded",
               "replay of 12 generations",
               "single_shot",
               "last-block",
               "program-v1",
               "default",
               1,
               4,
               7,
               {{"max_tokens", "4096"}, {"temperature", "1"}},
               "0.1.0 (abc123)",
               "Linux 6.1, 2 x Test CPU",
               {"root+cgroup-v2"},
               kMorning,
               false,
               {{"root+cgroup-v2",
                 {"no second wall (Landlock) behind the mounts"},
                 {{166, 1, 2, {"memory_heap"}, "0.1.0 (abc123)", "Linux 6.1", kMorning}}}},
               {{"local qwen3 demo; cpu bf16",
                 0.1,
                 420,
                 84,
                 83,
                 {"3 at once, shuffled", "8 at once, shuffled"},
                 {"demo/sum attempt 1 turn 0 (3 at once, shuffled)"},
                 kMorning}}};
  model.problems = {sum_problem(), crash_problem(), scoring_problem()};
  model.score.metrics = {{"pass@1",
                          "mean share of problems solved in one attempt",
                          1,
                          {0.0833, 0.0149, 0.3539, 3, "bootstrap"},
                          0.0833,
                          0.3333},
                         {"points",
                          "sum of the best points of each problem",
                          600,
                          {241.5, 88.2, 413.9, 3, "bootstrap"},
                          241.5,
                          241.5}};
  for (const ProblemView& one : model.problems) {
    for (const AttemptView& view : one.attempts) {
      if (view.verdict) ++model.score.verdict_counts[*view.verdict];
      if (view.truncated) ++model.score.attempts_truncated;
      const bool is_near =
          view.judgement && judges::stability_of(*view.judgement) != judges::Stability::Clear;
      model.score.attempts_near_limit += is_near ? 1 : 0;
    }
  }
  model.score.attempts_planned = 12;
  model.score.attempts_unjudged = 1;
  model.score.problems_total = 3;
  model.score.problems_solved = 1;
  model.score.medal = medal();
  model.generated_ms = kMorning + 3'600'000;
  return model;
}

}  // namespace eval::reports::testing
