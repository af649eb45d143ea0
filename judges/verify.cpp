#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "judges/program_judge.h"
#include "judges/steps/reference.h"
#include "problems/expectations.h"

namespace eval::judges {
namespace {

using problems::ReferenceSubmission;

constexpr double kScoreSlack = 1e-6;

bool lists(const std::vector<std::string>& codes, Verdict verdict) {
  return std::any_of(codes.begin(), codes.end(),
                     [&](const std::string& code) { return verdict_from_name(code) == verdict; });
}

// A verdict the package's vocabulary has no word for keeps the promise of its nearest one.
bool keeps(const std::vector<std::string>& promised, Verdict verdict) {
  if (lists(promised, verdict)) return true;
  if (verdict == Verdict::MLE) return lists(promised, Verdict::RE);
  if (verdict == Verdict::OLE) {
    return lists(promised, Verdict::RE) || lists(promised, Verdict::TLE);
  }
  return false;
}

bool all_accepted(const Judgement& judgement) {
  return std::all_of(judgement.tests.begin(), judgement.tests.end(),
                     [](const TestResult& test) { return test.verdict == Verdict::AC; });
}

bool keeps_final(const problems::ProgramTask& task, const std::vector<std::string>& promised,
                 const Judgement& judgement) {
  if (keeps(promised, judgement.verdict)) return true;
  const bool scored = task.is_scoring && !judgement.subtasks.empty();
  if (!scored) return false;
  const Verdict root = judgement.subtasks.back().verdict;
  if (lists(promised, Verdict::AC) && root == Verdict::AC && all_accepted(judgement)) {
    return task.checker.gives_score;
  }
  return judgement.verdict == Verdict::PC && root != Verdict::AC && keeps(promised, root);
}

std::string words(const std::vector<std::string>& codes) {
  return join(codes, ", ");
}

using Tests = std::vector<const TestResult*>;

void check_tests(const Tests& tests, const std::vector<std::string>& permitted,
                 const std::vector<std::string>& required, const std::string& which,
                 std::vector<std::string>& broken) {
  for (const TestResult* test : tests) {
    if (permitted.empty() || keeps(permitted, test->verdict)) continue;
    broken.push_back(fmt::format("testcase {} is {}, but{} only {} are permitted", test->testcase,
                                 verdict_name(test->verdict), which, words(permitted)));
    break;
  }
  const bool occurs =
      required.empty() || std::any_of(tests.begin(), tests.end(), [&](const TestResult* test) {
        return keeps(required, test->verdict);
      });
  if (!occurs) broken.push_back(fmt::format("no testcase{} is {}", which, words(required)));
}

bool in_range(double value, const std::pair<double, double>& range) {
  return value >= range.first - kScoreSlack && value <= range.second + kScoreSlack;
}

// The points that a pattern's score range speaks of: those of the subtasks it names, else those of
// the testcases.
void check_pattern_scores(const ReferenceSubmission::Pattern& pattern, const Tests& tests,
                          const Judgement& judgement, std::vector<std::string>& broken) {
  if (!pattern.score_range) return;
  bool found = false;
  const auto check = [&](const std::string& name, double points) {
    if (in_range(points, *pattern.score_range)) return;
    broken.push_back(fmt::format("{} gets {:g} points, {:g} .. {:g} promised", name, points,
                                 pattern.score_range->first, pattern.score_range->second));
  };
  for (const SubtaskResult& subtask : judgement.subtasks) {
    const bool same_depth = std::count(subtask.subtask.begin(), subtask.subtask.end(), '/') ==
                            std::count(pattern.glob.begin(), pattern.glob.end(), '/');
    if (!same_depth || !problems::matches_path_pattern(subtask.subtask, pattern.glob)) continue;
    found = true;
    check(subtask.subtask, subtask.points);
  }
  if (found) return;
  for (const TestResult* test : tests) check(test->testcase, test->points.value_or(0));
}

void check_pattern(const ReferenceSubmission::Pattern& pattern, const Judgement& judgement,
                   std::vector<std::string>& broken) {
  Tests tests;
  for (const TestResult& test : judgement.tests) {
    if (problems::matches_path_pattern(test.testcase, pattern.glob)) tests.push_back(&test);
  }
  check_tests(tests, pattern.permitted, pattern.required, " of \"" + pattern.glob + "\"", broken);
  check_pattern_scores(pattern, tests, judgement, broken);
  if (!pattern.message) return;
  const std::string wanted = to_lower(*pattern.message);
  const bool said = std::any_of(tests.begin(), tests.end(), [&](const TestResult* test) {
    return to_lower(test->checker_message).find(wanted) != std::string::npos;
  });
  if (!said) {
    broken.push_back(
        fmt::format("no message of \"{}\" holds \"{}\"", pattern.glob, *pattern.message));
  }
}

bool speaks_of_testcases(const ReferenceSubmission& reference) {
  return !reference.permitted.empty() || !reference.required.empty() || !reference.patterns.empty();
}

}  // namespace

namespace {

// The testcase that explains a verdict that was not promised, with what was said of it.
std::string explanation(const Judgement& judgement) {
  if (judgement.verdict == Verdict::CE) {
    return "the compiler says: " + shorten(trim(judgement.compile_log), 300);
  }
  for (const TestResult& test : judgement.tests) {
    if (test.verdict == Verdict::AC) continue;
    std::string text = fmt::format("{} is {}", test.testcase, verdict_name(test.verdict));
    const std::string_view message =
        trim(test.checker_message).empty() ? trim(test.standard_error) : trim(test.checker_message);
    if (!message.empty()) text += ": " + shorten(message, 300);
    return text;
  }
  return {};
}

}  // namespace

std::vector<std::string> broken_promises(const problems::Problem& problem,
                                         const ReferenceSubmission& reference,
                                         const Judgement& judgement) {
  const auto& task = std::get<problems::ProgramTask>(problem.task);
  std::vector<std::string> broken;
  if (!reference.expected.empty() && !keeps_final(task, reference.expected, judgement)) {
    broken.push_back(fmt::format("judged {}, but {} is promised", verdict_name(judgement.verdict),
                                 words(reference.expected)));
  }
  if (judgement.verdict == Verdict::JE && !lists(reference.expected, Verdict::JE)) {
    broken.push_back("the judging failed: " + judgement.detail);
  }
  // A program that does not compile runs no testcase, so single testcases cannot be promised.
  Tests tests;
  for (const TestResult& test : judgement.tests) tests.push_back(&test);
  const bool excused = judgement.verdict == Verdict::CE && lists(reference.expected, Verdict::CE);
  if (!excused) {
    check_tests(tests, reference.permitted, reference.required, "", broken);
    for (const ReferenceSubmission::Pattern& pattern : reference.patterns) {
      check_pattern(pattern, judgement, broken);
    }
  }
  if (reference.score_range && !in_range(judgement.points, *reference.score_range)) {
    broken.push_back(fmt::format("gets {:g} points, {:g} .. {:g} promised", judgement.points,
                                 reference.score_range->first, reference.score_range->second));
  }
  return broken;
}

VerifyResult verify_submission(const problems::Problem& problem,
                               const ReferenceSubmission& reference, Judge& judge,
                               const Languages& languages, std::stop_token stop) {
  VerifyResult result;
  result.submission = reference.name;
  auto read = read_reference(problem, reference, languages);
  if (!read) {
    result.reason = describe(read.error());
    return result;
  }
  if (read->language == nullptr) {
    result.skipped = true;
    result.reason = read->skip_reason;
    return result;
  }
  const Submission submission = std::move(read->program);
  // Tests give a judge of their own that has no such choice.
  auto* program_judge = dynamic_cast<ProgramJudge*>(&judge);
  auto judged = program_judge != nullptr && speaks_of_testcases(reference)
                    ? program_judge->judge_every_testcase(problem, submission, stop)
                    : judge.judge(problem, submission, stop);
  if (!judged) {
    result.reason = describe(judged.error());
    return result;
  }
  const std::vector<std::string> broken = broken_promises(problem, reference, *judged);
  result.judgement = std::move(*judged);
  result.agrees = broken.empty();
  result.reason = join(broken, "; ");
  const std::string why = broken.empty() ? std::string{} : explanation(*result.judgement);
  if (!why.empty()) result.reason += "; " + why;
  return result;
}

}  // namespace eval::judges
