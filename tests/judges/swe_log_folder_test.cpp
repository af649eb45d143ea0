#include "judges/swe/log_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "judges/swe/log_judge.h"

namespace eval::judges::swe {
namespace {

using testing::HasSubstr;

constexpr const char* kLog =
    "+ : '>>>>> Start Test Output'\nPASSED t.py::a\n+ : '>>>>> End Test Output'\n";

problems::Problem flask_problem(const std::string& id) {
  problems::PatchTask task;
  task.instance_id = id;
  task.repository = "pallets/flask";
  task.fail_to_pass = {"t.py::a"};
  problems::Problem problem;
  problem.id = "swe-bench/" + id;
  problem.task = task;
  return problem;
}

class SweLogFolder : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file(folder_.path() / name, content));
  }
  Judgement judge(const std::string& id) {
    auto found = find_evaluations(folder_.path(), {"a__b-1", "a__b-11", "a__c.js-2"});
    EXPECT_TRUE(found) << describe(found.error());
    const auto judge = make_log_judge(found.value(), Harness::V5);
    return judge->judge(flask_problem(id), Patch{"x"}, {}).value();
  }
  TempDir folder_ = TempDir::create("swe-logs").value();
};

TEST_F(SweLogFolder, FindsLogsInEachLayout) {
  write("run/model/a__b-1/test_output.txt", kLog);
  write("run/model/a__b-1/patch.diff", "diff");
  write("a__b-11.model.eval.log", kLog);
  write("a__c.js-2.log", kLog);
  write("other.log", kLog);
  const auto found = find_evaluations(folder_.path(), {"a__b-1", "a__b-11", "a__c.js-2"});
  ASSERT_TRUE(found) << describe(found.error());
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ(found->at("a__b-1").patch.filename(), "patch.diff");
  EXPECT_EQ(found->at("a__b-11").log.filename(), "a__b-11.model.eval.log");
  EXPECT_EQ(found->at("a__c.js-2").log.filename(), "a__c.js-2.log");
}

TEST_F(SweLogFolder, RefusesTwoLogsOfOneInstance) {
  write("one/a__b-1/test_output.txt", kLog);
  write("two/a__b-1/test_output.txt", kLog);
  const auto found = find_evaluations(folder_.path(), {"a__b-1"});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().help, "name the folder of one run of one model");
}

TEST_F(SweLogFolder, JudgesByTheLog) {
  write("a__b-1.eval.log", kLog);
  EXPECT_EQ(judge("a__b-1").verdict, Verdict::AC);
  const Judgement none = judge("a__b-11");
  EXPECT_EQ(none.verdict, Verdict::JE);
  EXPECT_THAT(none.detail, testing::StartsWith(std::string(kNoLog)));
}

TEST_F(SweLogFolder, ReadsTheHarnesssOwnLogWhereTheTestsLeftNone) {
  write("a__b-1/run_instance.log", ">>>>> Patch Apply Failed:\nhunk failed\n");
  write("a__b-11/run_instance.log", "something broke\n");
  EXPECT_EQ(judge("a__b-1").verdict, Verdict::CE);
  EXPECT_EQ(judge("a__b-11").verdict, Verdict::JE);
}

TEST_F(SweLogFolder, LetsTheReportBesideALogDecide) {
  write("a__b-1/test_output.txt", kLog);
  write("a__b-1/test_report.xml",
        "<testsuite><testcase classname=\"t\" name=\"a\"><failure/></testcase></testsuite>");
  const Judgement judgement = judge("a__b-1");
  EXPECT_EQ(judgement.verdict, Verdict::WA);
  EXPECT_THAT(judgement.compile_log, HasSubstr("disagree on 1 tests"));
}

TEST_F(SweLogFolder, KeysItsVerdictsByTheLog) {
  write("a__b-1.eval.log", kLog);
  const auto key = [&] {
    const auto found = find_evaluations(folder_.path(), {"a__b-1"}).value();
    return make_log_judge(found, Harness::V5)
        ->cache_key(flask_problem("a__b-1"), Patch{"x"})
        .value();
  };
  const std::string before = key();
  EXPECT_EQ(key(), before);
  write("a__b-1.eval.log", std::string(kLog) + "more\n");
  EXPECT_NE(key(), before);
}

}  // namespace
}  // namespace eval::judges::swe
