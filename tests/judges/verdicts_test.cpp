// Every submission of tests/verdicts/<problem>/<VERDICT>/ must get the verdict it lies under, with real
// compilers in real boxes. A file is a program, a folder is outputs that are handed in.
//
// Two workers judge what the tests wait for, as two cores do in use. Tests are registered for the
// files found, so that a new fixture is a new test.
//
// EVALCTL_VERDICT_REPEATS=5 judges every submission so often, with the rules for times near a limit in
// force as they are in use, and prints each verdict that changed. A change where nothing was near a
// limit fails the test, and so does a verdict that is none of the folder's in every judging.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "judges/program_judge.h"
#include "sandbox/linux_sandbox.h"
#include "tests/support/verdict_fixture.h"

namespace eval::judges {
namespace {

// A communication task with two processes and its manager is three boxes.
constexpr int kWorkers = 2;
constexpr int kBoxes = 4;

int repeats() {
  const char* text = std::getenv("EVALCTL_VERDICT_REPEATS");
  return text == nullptr ? 1 : std::clamp(std::atoi(text), 1, 1000);
}

constexpr int kPatience = 10;

SourceFile source_file(const fs::path& path) {
  return {path.filename().string(), read_file(path).value_or("")};
}

// What was made of one submission: a judgement for each time it was judged, or why there is none.
struct Outcome {
  std::vector<Judgement> judgements;
  std::string skipped;
  std::string error;
};

// One judge and sandbox for all tests: compiled interactors are shared. Judges the cases that are to
// run in their order, on threads of its own, from the first one that is asked for.
class Bench {
 public:
  explicit Bench(std::vector<VerdictCase> cases) : cases_(std::move(cases)) {
    auto created = sandbox::create_linux_sandbox({.boxes = kBoxes, .cores = {}});
    if (!created) {
      why_not_ = describe(created.error());
      return;
    }
    sandbox_ = std::move(*created);
    // Times near a limit are another test's matter, and running again costs time.
    ProgramJudgeOptions options;
    if (repeats() == 1) options.stability.reruns_max = 0;
    judge_ = make_program_judge(*sandbox_, Languages::built_in(), options);
    promises_ = std::vector<std::promise<Outcome>>(cases_.size());
    for (std::promise<Outcome>& promise : promises_) outcomes_.push_back(promise.get_future());
    for (int i = 0; i < kWorkers; ++i) {
      workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  }

  const std::string& why_not() const { return why_not_; }

  Outcome outcome(const fs::path& submission) {
    const auto at = std::find_if(cases_.begin(), cases_.end(), [&](const VerdictCase& one) {
      return one.submission == submission;
    });
    return outcomes_[static_cast<std::size_t>(at - cases_.begin())].get();
  }

 private:
  void work(const std::stop_token& stop) {
    for (std::size_t i = next_++; i < cases_.size() && !stop.stop_requested(); i = next_++) {
      promises_[i].set_value(judge(cases_[i], stop));
    }
  }

  Outcome judge(const VerdictCase& one, const std::stop_token& stop) {
    Outcome outcome;
    Submission submission;
    if (fs::is_directory(one.submission)) {
      OutputFiles outputs;
      for (const auto& entry : fs::directory_iterator(one.submission)) {
        outputs.files.push_back(source_file(entry.path()));
      }
      submission = outputs;
    } else {
      const SourceFile file = source_file(one.submission);
      const Language* language = Languages::built_in().by_file(file.name, file.content);
      if (language == nullptr) return {{}, "", "no language for " + file.name};
      if (!find_system_program(language->program)) {
        return {{},
                fmt::format("{} is not installed (apt-get install {})", language->name,
                            language->package),
                ""};
      }
      submission = SourceProgram{language->id, {file}, std::nullopt};
    }
    problems::Problem asked = problem(one.problem);
    // A shared machine takes ten times as long now and then, for a page or for the start of a virtual
    // machine: only what is to run out of time may do so.
    auto& limits = std::get<problems::ProgramTask>(asked.task).limits;
    if (one.verdict != "TLE") limits.cpu_time = *limits.cpu_time * kPatience;
    if (one.verdict != "TLE" && one.verdict != "JE") limits.validation_time *= kPatience;
    for (int i = 0; i < repeats(); ++i) {
      auto judgement = judge_->judge(asked, submission, stop);
      if (!judgement) return {{}, "", describe(judgement.error())};
      outcome.judgements.push_back(std::move(*judgement));
    }
    return outcome;
  }

  const problems::Problem& problem(const std::string& name) {
    const std::lock_guard lock(mutex_);
    auto& fixture = fixtures_[name];
    if (fixture == nullptr) fixture = std::make_unique<FixtureProblem>(name);
    return fixture->problem();
  }

  const std::vector<VerdictCase> cases_;
  std::string why_not_;
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<Judge> judge_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<FixtureProblem>> fixtures_;  // guarded by mutex_
  std::vector<std::promise<Outcome>> promises_;                      // each set by one worker
  std::vector<std::shared_future<Outcome>> outcomes_;
  std::atomic<std::size_t> next_{0};
  std::vector<std::jthread> workers_;  // last: they end before what they use
};

std::string suite_name(const VerdictCase& one) {
  return "Verdicts_" + one.problem;
}

std::string test_name(const VerdictCase& one) {
  std::string name = fmt::format("{}_{}", one.verdict, one.submission.filename().string());
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name;
}

// The cases whose tests the filter lets run: others are not judged.
std::vector<VerdictCase> cases_to_run() {
  std::map<std::string, bool> runs;
  const ::testing::UnitTest& all = *::testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const ::testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const ::testing::TestInfo& test = *suite.GetTestInfo(j);
      runs[fmt::format("{}.{}", suite.name(), test.name())] = test.should_run();
    }
  }
  std::vector<VerdictCase> cases = verdict_cases();
  std::erase_if(cases, [&](const VerdictCase& one) {
    return !runs[fmt::format("{}.{}", suite_name(one), test_name(one))];
  });
  return cases;
}

Bench& bench() {
  static Bench shared(cases_to_run());
  return shared;
}

std::string what_happened(const Judgement& judgement) {
  std::string text =
      fmt::format("judged {} {}\n{}", verdict_name(judgement.verdict), judgement.detail,
                  judgement.verdict == Verdict::CE ? judgement.compile_log : "");
  for (const TestResult& test : judgement.tests) {
    text += fmt::format("{} {} {} exit {} signal {} cpu {} ms wall {} ms, {}: {}\n{}{}",
                        test.testcase, verdict_name(test.verdict), test.run_status, test.exit_code,
                        test.signal, test.cpu_time.count() / 1000, test.wall_time.count() / 1000,
                        stability_name(test.stability), test.checker_message, test.standard_error,
                        test.transcript);
  }
  return text;
}

// Of all submissions so far, for EVALCTL_VERDICT_REPEATS.
struct Totals {
  std::size_t submissions = 0;
  std::size_t judgings = 0;
  int flips = 0;
  int near_limit = 0;  // flips of that class
};

class VerdictFixture : public ::testing::Test {
 public:
  VerdictFixture(VerdictCase one, Totals* totals) : case_(std::move(one)), totals_(totals) {}

  void TestBody() override {
    if (!bench().why_not().empty()) GTEST_SKIP() << "no box here: " << bench().why_not();
    const Outcome outcome = bench().outcome(case_.submission);
    if (!outcome.skipped.empty()) GTEST_SKIP() << outcome.skipped;
    ASSERT_EQ(outcome.error, "");
    ++totals_->submissions;
    totals_->judgings += outcome.judgements.size();
    const Verdict expected = verdict_from_name(case_.verdict).value_or(Verdict::IE);
    const Judgement* wrong = nullptr;
    for (const Judgement& judgement : outcome.judgements) {
      if (judgement.verdict != expected) wrong = &judgement;
    }
    if (wrong == nullptr) return;
    // A flip where something was near a limit is a class of its own, unless no judging agrees.
    const bool is_near = std::any_of(
        outcome.judgements.begin(), outcome.judgements.end(),
        [](const Judgement& judgement) { return stability_of(judgement) != Stability::Clear; });
    const bool is_flip =
        std::any_of(outcome.judgements.begin(), outcome.judgements.end(),
                    [&](const Judgement& judgement) { return judgement.verdict == expected; });
    const std::string what = fmt::format("{}{}", is_flip ? "flip: " : "", what_happened(*wrong));
    if (is_flip) ++totals_->flips;
    if (is_flip && is_near) {
      ++totals_->near_limit;
      fmt::print("near limit, {}", what);
      return;
    }
    ADD_FAILURE() << "expected " << case_.verdict << ", " << what;
  }

 private:
  const VerdictCase case_;
  Totals* const totals_;
};

void register_tests(Totals* totals) {
  for (const VerdictCase& one : verdict_cases()) {
    ::testing::RegisterTest(suite_name(one).c_str(), test_name(one).c_str(), nullptr, nullptr,
                            __FILE__, __LINE__,
                            [=]() -> VerdictFixture* { return new VerdictFixture(one, totals); });
  }
}

}  // namespace
}  // namespace eval::judges

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  eval::judges::Totals totals;
  eval::judges::register_tests(&totals);
  const int failed = RUN_ALL_TESTS();
  if (eval::judges::repeats() > 1) {
    fmt::print("{} submissions, {} judgings, {} flips, {} of them near a limit\n",
               totals.submissions, totals.judgings, totals.flips, totals.near_limit);
  }
  return failed;
}
