#include <gmock/gmock.h>

#include <cstdlib>

#include "base/json.h"
#include "runners/replay_runner.h"

// Real files of other harnesses. The expected counts were taken from the files by other means.
namespace eval::runners {
namespace {

using ::testing::SizeIs;

class RecordedData : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("EVALCTL_TEST_DATA");
    if (folder == nullptr) GTEST_SKIP() << "EVALCTL_TEST_DATA is not set";
    folder_ = folder;
  }

  Recording read(const char* file) {
    auto recording = read_recording(folder_ / file);
    EXPECT_TRUE(recording) << describe(recording.error());
    return recording.value_or(Recording{});
  }

  fs::path folder_;
};

TEST_F(RecordedData, ReadsTheOutputsOfALiveCodeBenchRun) {
  const Recording recording = read("livecodebench/generations/o1-mini.eval_all.json");
  EXPECT_THAT(recording, SizeIs(447));
  ASSERT_THAT(recording.at("1883_B"), SizeIs(1));
  EXPECT_TRUE(
      recording.at("1883_B")[0][0].text.starts_with("```python\n# YOUR CODE HERE\nimport sys"));
}

TEST_F(RecordedData, ReadsThePredictionsOfASweAgentRun) {
  const Recording recording = read("swebench/predictions/sweagent_gpt4.jsonl");
  // 144 lines, two instances of which have an empty prediction first and a patch later.
  EXPECT_THAT(recording, SizeIs(142));
  const Generation& repeated = recording.at("django__django-12284").at(0).at(0);
  EXPECT_EQ(repeated.model, "20240402_sweagent_gpt4");
  ASSERT_THAT(repeated.files, SizeIs(1));
  EXPECT_EQ(repeated.files[0].name, "patch.diff");
  EXPECT_EQ(repeated.files[0].content.size(), 1400U);
}

TEST_F(RecordedData, ReadsThePredictionsOfOtherSweBenchRuns) {
  EXPECT_THAT(read("swebench/predictions/acr_run1.jsonl"), SizeIs(121));
  EXPECT_THAT(read("swebench/predictions/polydev_hybrid_verified.jsonl"), SizeIs(234));
}

TEST_F(RecordedData, RefusesAReportThatIsNoRecording) {
  const auto recording = read_recording(folder_ / "swebench/predictions/acr_run1.report.json");
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, ErrorCode::BadInput);
}

}  // namespace
}  // namespace eval::runners
