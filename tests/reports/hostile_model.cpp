#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "reports/sample_model.h"

// A run whose model attacks its reader. Each text tries another way out of the page; `__pwned` is what
// a script that runs would set, and the browser test looks for it.
namespace eval::reports::testing {
namespace {

using judges::Verdict;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr char kAttack[] =
    "</script><script>window.__pwned=1</script><!-- <img src=x onerror=\"window.__pwned=2\"> "
    "${window.__pwned=3} {{details}} `+window.__pwned+` \" onmouseover=\"window.__pwned=4\" x=\" "
    "]]> &lt;script&gt; <svg/onload=window.__pwned=5> </title></textarea></style> "
    "\xE2\x80\xA8 separators \xE2\x80\xA9 \xE2\x80\xAE rtl \xE2\x80\xAC nul \0 bell \x07 invalid "
    "\xFF\xC0\xAF.";

std::string attack() {
  return std::string(kAttack, sizeof(kAttack) - 1);  // the NUL inside counts
}

constexpr std::string_view kStatement = R"(## Longest climb

You are given $n$ heights $h_1, \dots, h_n$ ($1 \le n \le 2 \cdot 10^5$). A *climb* is a subsequence
$i_1 < i_2 < \dots < i_k$ with $h_{i_1} < h_{i_2} < \dots < h_{i_k}$. Its **value** is

$$\sum_{j=1}^{k} h_{i_j} \cdot \left\lfloor \frac{j + 1}{2} \right\rfloor \pmod{10^9 + 7}.$$

### Input

1. the integer $n$,
2. then $n$ integers.

| Group | Points | Limits |
|:--|--:|:-:|
| 1 | 20 | $n \le 100$ |
| 2 | 80 | none |

> It costs $5 and $6 to enter; that is not a formula.

Attacks: [click](javascript:window.__pwned=6), [data](data:text/html,<script>window.__pwned=7</script>),
![x](http://127.0.0.1:9/leak.png), <a href="javascript:window.__pwned=8">raw</a>, $\href{javascript:window.__pwned=9}{x}$,
$\htmlData{a=b}{y}$, $\includegraphics{http://127.0.0.1:9/leak.png}$, $\def\x{\x\x}\x$, $\frac{1}{$, $\pmb{x}$,
\(\fcolorbox{red}{blue}{z}\), $\unknowncommand$.
)";

constexpr std::string_view kLatexStatement = R"(\problemname{Espresso}
\newcommand{\maxn}{10^5}
A \emph{graph} has $n$ vertices ($1 \le n \le \maxn$) --- see ``the figure''. % a comment
\illustration{0.3}{cup.jpg}{A cup, by \href{javascript:window.__pwned=10}{nobody}}

\section*{Input}
\begin{itemize}
  \item One line with \textbf{two} integers $n$ and $m$.
  \item \texttt{a}--\texttt{z}, \verb|<script>window.__pwned=11</script>|, 100\,\% \& more.
\end{itemize}
\begin{tabular}{| l | l |}
  \hline \textbf{Group} & \textbf{Limits} \\ \hline
  $1$ & $n \leq 3$ \\ \hline
\end{tabular}
\begin{align*} a &= b \\ c &= d \end{align*}
\begin{verbatim}
<img src=x onerror=window.__pwned=12>
\end{verbatim}
)";

constexpr std::string_view kReply =
    R"(The recurrence is $dp_i = h_i + \max_{j<i,\, h_j<h_i} dp_j$. A Fenwick tree over the
*compressed* heights answers each query in $O(\log n)$, so all of it takes

$$T(n) = O(n \log n).$$

1. Compress the heights.
2. Sweep from left to right:
   - ask for the best prefix,
   - update position `rank[i]`.

```cpp
#include <algorithm>
#include <iostream>
#include <vector>

// Fenwick tree for prefix maxima.
struct Fenwick {
  std::vector<long long> best;
  explicit Fenwick(int n) : best(n + 1) {}
  void update(int i, long long value) {
    for (; i < static_cast<int>(best.size()); i += i & -i) best[i] = std::max(best[i], value);
  }
  long long query(int i) const {
    long long result = 0;
    for (; i > 0; i -= i & -i) result = std::max(result, best[i]);
    return result;
  }
};

int main() {
  int n = 0;
  std::cin >> n;
  std::cout << "<script>" << n << '\n';
}
```
)";

constexpr std::string_view kCode = R"(#include <algorithm>
#include <iostream>
#include <vector>

// Fenwick tree for prefix maxima. </script><img src=x onerror=window.__pwned=13>
struct Fenwick {
  std::vector<long long> best;
  explicit Fenwick(int n) : best(n + 1) {}
  void update(int i, long long value) {
    for (; i < static_cast<int>(best.size()); i += i & -i) best[i] = std::max(best[i], value);
  }
};

int main() {
  int n = 0;
  std::cin >> n;
  std::cout << "<script>" << n << '\n';
}
)";

judges::TestResult test(int number, Verdict verdict, int cpu_ms, std::uint64_t kibibytes) {
  judges::TestResult result;
  result.testcase = fmt::format("secret/group{}/{:02}", 1 + number / 10, number);
  result.verdict = verdict;
  result.cpu_time = milliseconds(cpu_ms);
  result.wall_time = milliseconds(cpu_ms + 2);
  result.memory_peak = Bytes::kib(kibibytes);
  result.run_status = verdict == Verdict::TLE ? "cpu_time_limit" : "exited";
  return result;
}

judges::Judgement judge(Verdict verdict, int tests) {
  judges::Judgement judgement;
  judgement.verdict = verdict;
  judgement.points = verdict == Verdict::AC ? 1 : 0;
  for (int i = 0; i < tests; ++i) {
    const bool last = i + 1 == tests;
    const bool slow = last && verdict == Verdict::TLE;
    judgement.tests.push_back(test(i, last ? verdict : Verdict::AC, slow ? 2003 : 9 + 61 * (i % 17),
                                   3400 + 977U * static_cast<unsigned>(i % 23)));
  }
  if (!judgement.tests.empty() && verdict != Verdict::AC) {
    judges::TestResult& failed = judgement.tests.back();
    failed.checker_message = "line 3: expected \"42\", got \"41\"\n" + attack();
    failed.standard_error =
        "terminate called after throwing an instance of 'std::bad_alloc'\n" + attack();
    failed.output_excerpt = "17\n23\n41\n" + attack();
    if (verdict == Verdict::RE) failed.signal = 11;
  }
  judgement.compile_log =
      verdict == Verdict::CE
          ? "main.cpp:7:3: error: 'cout' was not declared in this scope\n" + attack()
          : "";
  judgement.language = "cpp20";
  judgement.time_limit = milliseconds(2000);
  judgement.memory_limit = Bytes::mib(256);
  judgement.fingerprint =
      "program-judge 1; g++ 12.2.0 -O2 -std=gnu++20; default checker; root+cgroup-v2 " + attack();
  if (verdict == Verdict::JE) judgement.detail = "the checker exited with code 3 " + attack();
  return judgement;
}

AttemptView attempt(int index, std::optional<Verdict> verdict) {
  AttemptView view;
  view.index = index;
  view.seed = 18'446'744'073'709'551'615ULL - static_cast<std::uint64_t>(index);
  view.state = verdict ? "judged" : "planned";
  view.verdict = verdict;
  view.prompt = {
      {"system", "You solve competition tasks. Reply with one program in a fenced block."},
      {"user", std::string(kStatement)}};
  view.reply = std::string(kReply) + attack();
  view.reasoning = "First I tried brute force.\n\nThen $O(n \\log n)$. " + attack();
  view.finish_reason = "stop";
  view.prompt_tokens = 1182;
  view.completion_tokens = 5310 + 97 * index;
  view.generation_ms = 48'200 + 1700 * index;
  view.generation_fingerprint = "http; model sample-70b; sha256 9f86d081884c7d65 " + attack();
  view.extraction_rule = "last-block";
  view.sources = {{"main.cpp", "cpp20", std::string(kCode)}};
  view.judgement_count = verdict ? 1 : 0;
  if (verdict) view.judgement = judge(*verdict, *verdict == Verdict::AC ? 24 : 7);
  if (verdict == Verdict::CE || verdict == Verdict::JE) view.judgement->tests.clear();
  if (verdict == Verdict::NA || verdict == Verdict::IE) view.judgement.reset();
  if (verdict == Verdict::NA) view.sources.clear();
  if (verdict == Verdict::NA) view.reply = "I am not able to solve this.";
  if (verdict == Verdict::IE) {
    view.state = "failed";
    view.errors = {{"generate", 3, "network", "the server answered 503 " + attack(),
                    "http://localhost:8000/v1", "check that the server is running",
                    1'767'258'000'000}};
  }
  view.points = verdict == Verdict::AC ? 1 : 0;
  return view;
}

struct Row {
  const char* id;
  const char* title;
  std::array<std::optional<Verdict>, 8> verdicts;
};

constexpr std::optional<Verdict> kNone = std::nullopt;

constexpr Row kRows[] = {
    {"hostile/climb",
     "Longest climb",
     {Verdict::AC, Verdict::AC, Verdict::WA, Verdict::AC, Verdict::TLE, Verdict::AC, Verdict::AC,
      Verdict::WA}},
    {"hostile/espresso",
     "Espresso",
     {Verdict::WA, Verdict::WA, Verdict::RE, Verdict::WA, Verdict::MLE, Verdict::WA, Verdict::CE,
      Verdict::AC}},
    {"hostile/islands",
     "Islands and bridges",
     {Verdict::PC, Verdict::PC, Verdict::AC, Verdict::PC, Verdict::WA, Verdict::PC, Verdict::PC,
      Verdict::NA}},
    {"hostile/lights",
     "Traffic lights",
     {Verdict::AC, Verdict::AC, Verdict::AC, Verdict::AC, Verdict::AC, Verdict::AC, Verdict::AC,
      Verdict::AC}},
    {"hostile/parrots",
     "Parrots",
     {Verdict::OLE, Verdict::JE, Verdict::IE, Verdict::NA, Verdict::WA, kNone, kNone, kNone}},
    {"hostile/a\"b'<c>&d é %2F #",
     "</script><script>window.__pwned=14</script> 漢字",
     {Verdict::TLE, Verdict::TLE, Verdict::AC, Verdict::TLE, Verdict::TLE, Verdict::WA,
      Verdict::TLE, Verdict::TLE}},
};

ProblemView problem(const Row& row) {
  ProblemView view;
  view.id = row.id;
  view.title = row.title;
  view.kind = "program";
  view.statement = kStatement;
  view.statement_format = "markdown";
  view.source = "Sample contest 2026";
  view.testcase_count = 24;
  view.time_limit_ms = 2000;
  view.memory_limit_bytes = 256 << 20;
  int accepted = 0;
  for (int i = 0; i < 8; ++i) {
    view.attempts.push_back(attempt(i, row.verdicts[static_cast<std::size_t>(i)]));
    if (view.attempts.back().verdict == Verdict::AC) ++accepted;
  }
  view.solve_rate = {accepted / 8.0, 0.05, 0.8, 8, "wilson"};
  view.best_points = accepted > 0 ? 1 : 0;
  return view;
}

void make_scoring(ProblemView& view) {
  view.is_scoring = true;
  view.points_max = 100;
  view.best_points = 100;
  for (AttemptView& one : view.attempts) {
    one.points = one.verdict == Verdict::AC   ? 100
                 : one.verdict == Verdict::PC ? 20 + 7.5 * one.index
                                              : 0;
    if (!one.judgement) continue;
    one.judgement->points = one.points;
    one.judgement->subtasks = {{"secret/group1", Verdict::AC, 20, 20.0},
                               {"secret/group2", Verdict::WA, one.points - 20, 80.0},
                               {"data", Verdict::PC, one.points, 100.0}};
    for (judges::TestResult& result : one.judgement->tests) result.points = 2.5;
  }
}

void count_verdicts(ReportModel& model) {
  for (const ProblemView& one : model.problems) {
    ++model.score.problems_total;
    bool solved = false;
    for (const AttemptView& view : one.attempts) {
      ++model.score.attempts_planned;
      if (view.verdict)
        ++model.score.verdict_counts[*view.verdict];
      else
        ++model.score.attempts_unjudged;
      if (view.truncated) ++model.score.attempts_truncated;
      if (view.verdict == Verdict::AC) solved = true;
    }
    if (solved) ++model.score.problems_solved;
  }
}

// An agent's attempt: an action, its output with escape codes and half a character, a long one, and a diff.
std::vector<TurnView> turns() {
  const auto turn = [](std::string action, std::string observation) {
    TurnView view;
    view.reply = "THOUGHT: " + attack() + "\n\n```bash\n" + action + "\n```";
    view.finish_reason = "stop";
    view.prompt_tokens = 1200;
    view.completion_tokens = 87;
    view.cost_cents = 0.5;
    view.generation_ms = 2310;
    view.observation = "<returncode>0</returncode>\n<output>\n" + observation + "</output>";
    return view;
  };
  std::vector<TurnView> all;
  all.push_back(turn("grep -rn '<script>' src | head", "\x1b[31mred\x1b[0m \xE6\xBC" + attack()));
  all.push_back(turn("cat big.log", "the beginning\n" + std::string(20'000, 'x') + "\nthe end\n"));
  all.push_back(
      turn("git diff",
           "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-old </script>\n"
           "+new <img src=x onerror=window.__pwned=20>\n same\n"));
  all.back().submitted = true;
  TurnView refused = turn("", "");
  refused.reply = "";
  refused.finish_reason = "length";
  refused.reasoning = "hm " + attack();
  refused.prompt_tokens.reset();
  refused.cost_cents.reset();
  all.insert(all.begin(), refused);
  return all;
}

}  // namespace

ReportModel hostile_model() {
  ReportModel model = sample_model();
  model.run.suite_title = "Sample contest 2026";
  model.run.model = "http:sample-70b-instruct";
  model.run.runner = "OpenAI-compatible server " + attack();
  model.run.host = "Linux 6.1, AMD EPYC 7B13, 2 cores";
  model.run.attempts_per_problem = 8;
  model.score = {};
  model.problems.clear();
  for (const Row& row : kRows) model.problems.push_back(problem(row));
  model.problems[1].statement = kLatexStatement;
  model.problems[1].statement_format = "latex";
  make_scoring(model.problems[2]);
  AttemptView& cut = model.problems[0].attempts[2];
  cut.truncated = true;
  cut.finish_reason = "length";
  model.problems[4].attempts[3].truncated = true;
  model.problems[1].attempts[0].turns = turns();
  model.problems[1].attempts[0].sources = {
      {"patch", "diff", "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-<b>old\n+<b>new\n"}};
  model.controls = ControlsModel{
      5, 6, {{"hostile/lights", "the reference patch got WA " + attack(), false}}, {}};
  model.problems[0].attempts[1].reply += std::string(700'000, 'x') + " the end";
  model.problems[3].attempts[0].judgement = judge(Verdict::AC, 450);
  count_verdicts(model);
  model.score.metrics = {{"pass@1",
                          "mean share of problems solved in one attempt",
                          1,
                          {0.4375, 0.229, 0.667, 6, "bootstrap"},
                          0.4375,
                          0.5417},
                         {"pass@4",
                          "mean share of problems solved by at least one of 4 attempts",
                          1,
                          {0.712, 0.448, 0.904, 6, "bootstrap"},
                          0.712,
                          0.79},
                         {"pass@8",
                          "mean share of problems solved by at least one of 8 attempts",
                          1,
                          {0.8333, 0.436, 0.9699, 6, "wilson"},
                          0.8333,
                          1.0}};
  model.controls->without = model.score.metrics.front();
  model.score.medal = sample_model().score.medal;
  model.score.medal->explanation += " " + attack();
  return model;
}

ReportModel large_model(int problems, int attempts) {
  ReportModel model = sample_model();
  model.run.suite_title = "A large suite";
  model.run.attempts_per_problem = attempts;
  model.score.verdict_counts.clear();
  model.score.attempts_planned = model.score.attempts_unjudged = model.score.attempts_truncated = 0;
  model.score.problems_total = model.score.problems_solved = 0;
  model.problems.clear();
  constexpr std::array kCycle = {Verdict::AC, Verdict::WA, Verdict::TLE, Verdict::AC,
                                 Verdict::RE, Verdict::CE, Verdict::AC};
  for (int p = 0; p < problems; ++p) {
    ProblemView view = problem(kRows[0]);
    view.id = fmt::format("large/problem-{:04}", p);
    view.title = fmt::format("Problem {}", p);
    view.attempts.clear();
    for (int a = 0; a < attempts; ++a) {
      view.attempts.push_back(
          attempt(a, kCycle[static_cast<std::size_t>(p * 3 + a) % kCycle.size()]));
    }
    model.problems.push_back(std::move(view));
  }
  count_verdicts(model);
  return model;
}

}  // namespace eval::reports::testing
