#include "evaluator/livecodebench_output.h"

#include <gtest/gtest.h>

#include "judges/lcb/official_verdict.h"
#include "problems/livecodebench.h"

namespace eval::evaluator {
namespace {

using judges::Verdict;

Attempt attempt_of(const std::string& problem, int index, Verdict verdict,
                   const std::string& code = "print(1)\n") {
  Attempt attempt;
  attempt.problem_id = problem;
  attempt.index = index;
  attempt.state = AttemptState::Judged;
  attempt.submission = ExtractedSubmission{
      judges::SourceProgram{"python3", {{"submission.py", code}}, std::nullopt}, "verbatim"};
  judges::Judgement judgement;
  judgement.verdict = verdict;
  attempt.judgements.push_back(judgement);
  return attempt;
}

ProblemSnapshot problem_of(const std::string& id, const std::string& difficulty,
                           const std::string& date) {
  ProblemSnapshot problem;
  problem.id = "livecodebench/" + id;
  problem.source = problems::to_source({id, "atcoder", difficulty, date, ""});
  return problem;
}

const BreakdownRow& row_of(const std::vector<BreakdownRow>& rows, const std::string& value) {
  for (const BreakdownRow& row : rows) {
    if (row.value == value) return row;
  }
  ADD_FAILURE() << "no row " << value;
  return rows.front();
}

TEST(Breakdown, CountsEveryProblemOnceInEachDimension) {
  const std::vector<ProblemSnapshot> problems = {problem_of("a", "easy", "2024-08-01"),
                                                 problem_of("b", "hard", "2024-09-01"),
                                                 problem_of("c", "hard", "2024-09-30")};
  const std::vector<Attempt> attempts = {attempt_of("livecodebench/a", 0, Verdict::AC),
                                         attempt_of("livecodebench/b", 0, Verdict::AC),
                                         attempt_of("livecodebench/b", 1, Verdict::WA)};
  const auto rows = livecodebench_breakdown(problems, attempts, "2024-09-01");
  EXPECT_EQ(rows.front().value, "easy");
  ASSERT_EQ(row_of(rows, "easy").scores.size(), 1u);
  EXPECT_EQ(row_of(rows, "easy").scores[0].value, 1);
  EXPECT_EQ(row_of(rows, "easy").scores[0].share.method, "wilson");
  EXPECT_EQ(row_of(rows, "hard").scores[0].value, 0.25);
  EXPECT_EQ(row_of(rows, "atcoder").problems, 3);
  EXPECT_EQ(row_of(rows, "2024-09").problems, 2);
  EXPECT_EQ(row_of(rows, "before 2024-09-01").problems, 1);
  EXPECT_EQ(row_of(rows, "from 2024-09-01").problems, 2);
}

// 1 - C(n - c, k) / C(n, k) for 4 attempts: 1 right gives 1/4, 1/2 and 1; 2 right 1/2, 5/6 and 1.
TEST(Breakdown, HasPassAtKAsFarAsEveryProblemHasSoManyAttempts) {
  const std::vector<ProblemSnapshot> problems = {problem_of("a", "hard", "2024-08-01"),
                                                 problem_of("b", "hard", "2024-09-01")};
  std::vector<Attempt> attempts;
  for (int i = 0; i < 4; ++i) {
    attempts.push_back(attempt_of("livecodebench/a", i, i < 1 ? Verdict::AC : Verdict::WA));
    attempts.push_back(attempt_of("livecodebench/b", i, i < 2 ? Verdict::AC : Verdict::WA));
  }
  const auto rows = livecodebench_breakdown(problems, attempts, "");
  const BreakdownRow& row = row_of(rows, "hard");
  ASSERT_EQ(row.scores.size(), 3u);
  EXPECT_EQ(row.scores[1].k, 2);
  EXPECT_DOUBLE_EQ(row.scores[0].value, 0.375);
  EXPECT_NEAR(row.scores[1].value, (0.5 + 5.0 / 6) / 2, 1e-12);
  EXPECT_EQ(row.scores[2].value, 1);

  attempts.pop_back();
  EXPECT_EQ(row_of(livecodebench_breakdown(problems, attempts, ""), "hard").scores.size(), 2u);
}

// 1 of 2 of one problem, and 2 of 4 of two: Wilson 1927 over attempts, by hand.
TEST(Breakdown, IsNotCertainOfOneProblemNorOfProblemsThatDoNotDiffer) {
  const std::vector<ProblemSnapshot> problems = {problem_of("a", "easy", "2024-08-01"),
                                                 problem_of("b", "hard", "2024-09-01")};
  std::vector<Attempt> attempts;
  for (const char* id : {"livecodebench/a", "livecodebench/b"}) {
    attempts.push_back(attempt_of(id, 0, Verdict::AC));
    attempts.push_back(attempt_of(id, 1, Verdict::WA));
  }
  const auto rows = livecodebench_breakdown(problems, attempts, "");
  const ShareInterval one = row_of(rows, "easy").scores[0].share;
  EXPECT_EQ(one.n, 2);
  EXPECT_NEAR(one.interval.low, 0.0945, 5e-5);
  EXPECT_NEAR(one.interval.high, 0.9055, 5e-5);
  const ShareInterval two = row_of(rows, "atcoder").scores[0].share;
  EXPECT_EQ(two.n, 4);
  EXPECT_NEAR(two.interval.low, 0.1500, 5e-5);
  EXPECT_NEAR(two.interval.high, 0.8500, 5e-5);
}

// Of two problems, two attempts each: AC and WA; IE and JE. A third has none, which is one not judged.
// Wrong: (1/2 + 0 + 0) / 3; right: (1/2 + 1 + 1) / 3.
TEST(Breakdown, SaysHowManyAttemptsAreUnresolvedAndWhatTheyLeaveOpen) {
  const std::vector<ProblemSnapshot> problems = {problem_of("a", "easy", "2024-08-01"),
                                                 problem_of("b", "hard", "2024-09-01"),
                                                 problem_of("c", "hard", "2024-09-01")};
  std::vector<Attempt> attempts = {
      attempt_of("livecodebench/a", 0, Verdict::AC), attempt_of("livecodebench/a", 1, Verdict::WA),
      attempt_of("livecodebench/b", 0, Verdict::IE), attempt_of("livecodebench/b", 1, Verdict::JE)};
  const auto rows = livecodebench_breakdown(problems, attempts, "");
  EXPECT_EQ(row_of(rows, "easy").attempts_unresolved, 0);
  EXPECT_EQ(row_of(rows, "easy").scores[0].upper_bound, 0.5);
  const BreakdownRow& all = row_of(rows, "atcoder");
  EXPECT_EQ(all.attempts, 5);
  EXPECT_EQ(all.attempts_unresolved, 3);
  EXPECT_NEAR(all.scores[0].value, 1.0 / 6, 1e-12);
  EXPECT_NEAR(all.scores[0].upper_bound, 5.0 / 6, 1e-12);
  EXPECT_EQ(row_of(rows, "hard").scores[0].upper_bound, 1);
}

Attempt officially(Verdict verdict, const std::string& error, const std::string& output = "") {
  Attempt attempt = attempt_of("livecodebench/a", 0, verdict);
  judges::TestResult test;
  test.verdict = verdict;
  test.run_status = judges::kOfficialStatus;
  test.exit_code = verdict == Verdict::WA ? -2 : -4;
  test.standard_error = error;
  test.output_excerpt = output;
  attempt.judgements.back().tests = {test};
  return attempt;
}

std::string reason_for(const Attempt& rejected) {
  const auto comparison =
      compare_semantics({rejected}, {attempt_of("livecodebench/a", 0, Verdict::AC)});
  return comparison.differences.size() == 1 ? comparison.differences.front().reason : "none";
}

TEST(CompareSemantics, SaysWhyAVerdictDiffers) {
  EXPECT_EQ(reason_for(officially(Verdict::RE, "TypeError(\"'Input' object is not iterable\")")),
            "stdin-iteration");
  EXPECT_EQ(reason_for(officially(Verdict::RE, "NameError(\"name 'y' is not defined\")")),
            "function-scope");
  EXPECT_EQ(reason_for(officially(Verdict::RE, "TypeError(\"'NoneType' object is not callable\")")),
            "disabled-function");
  EXPECT_EQ(reason_for(officially(Verdict::WA, "")), "output-not-captured");
  EXPECT_EQ(reason_for(officially(Verdict::TLE, "")), "time");
}

TEST(CompareSemantics, TellsWhatTheProgramIsFromWhatItDid) {
  Attempt compiled = attempt_of("livecodebench/a", 0, Verdict::AC);
  compiled.judgements.back().language = "cpp20";
  const auto in_cpp =
      compare_semantics({officially(Verdict::CE, "SyntaxError('invalid syntax')")}, {compiled});
  EXPECT_EQ(in_cpp.differences.at(0).reason, "other-language");
  for (const char* code : {"print(open(0).read())\n", "import os\nprint(os.read(0, 9))\n",
                           "print(open('/dev/stdin').read())\n"}) {
    Attempt rejected = officially(Verdict::WA, "");
    std::get<judges::SourceProgram>(rejected.submission->submission).files[0].content = code;
    const auto comparison =
        compare_semantics({rejected}, {attempt_of("livecodebench/a", 0, Verdict::AC, code)});
    EXPECT_EQ(comparison.differences.at(0).reason, "stdin-descriptor") << code;
  }
}

TEST(CompareSemantics, ComparesOnlyTheSameCode) {
  const auto comparison =
      compare_semantics({attempt_of("livecodebench/a", 0, Verdict::AC, "print(1)\n")},
                        {attempt_of("livecodebench/a", 0, Verdict::WA, "print(2)\n")});
  EXPECT_EQ(comparison.compared, 0);
  EXPECT_EQ(comparison.skipped, 1);
}

TEST(CompareSemantics, CountsWhatOneSideAloneHas) {
  const std::vector<Attempt> one = {attempt_of("livecodebench/a", 0, Verdict::AC)};
  std::vector<Attempt> three = {one.front(), one.front(), one.front()};
  three[1].index = 1;
  three[2].problem_id = "livecodebench/b";
  for (const auto& comparison : {compare_semantics(one, three), compare_semantics(three, one)}) {
    EXPECT_EQ(comparison.compared, 1);
    EXPECT_EQ(comparison.skipped, 2);
  }
}

TEST(CompareSemantics, LeavesOutWhatAgrees) {
  const auto comparison = compare_semantics({attempt_of("livecodebench/a", 0, Verdict::RE)},
                                            {attempt_of("livecodebench/a", 0, Verdict::WA)});
  EXPECT_EQ(comparison.compared, 1);
  EXPECT_TRUE(comparison.differences.empty());
}

}  // namespace
}  // namespace eval::evaluator
