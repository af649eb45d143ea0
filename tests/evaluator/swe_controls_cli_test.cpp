// Controls of SWE-bench through the whole program: two instances of a small repository of our own, one of which
// fails its control, because its reference patch fixes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "tests/support/small_repository.h"

namespace eval {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr const char* kNothing = "diff --git a/notes b/notes\nnew file mode 100644\n";

class SweControlsCli : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!repository_.why_not().empty()) GTEST_SKIP() << repository_.why_not();
    const auto box = testing::make_box();
    if (!box) GTEST_SKIP() << "no box can be built here: " << describe(box.error());
    Json broken = repository_.row();
    broken["instance_id"] = "own__sums-2";
    broken["patch"] = kNothing;
    write("instances.jsonl", to_json_line(repository_.row()) + "\n" + to_json_line(broken) + "\n");
    Json environments = *parse_json(*read_file(path("environments.json")), "environments.json");
    environments["environments"]["own__sums-2"] = environments["environments"]["own__sums-1"];
    write("environments.json", to_json_text(environments));
    // The model solves the first, and hands in nothing of use for the second.
    write("predictions.jsonl",
          to_json_line({{"instance_id", "own__sums-1"}, {"model_patch", repository_.fix()}}) +
              "\n" + to_json_line({{"instance_id", "own__sums-2"}, {"model_patch", kNothing}}) +
              "\n");
  }

  void write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file(folder_.path() / name, content));
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  ToolResult run(std::vector<std::string> words) {
    words.insert(words.begin(),
                 {EVAL_TEST_PROGRAM, "run", "--suite", path("instances.jsonl"), "--environments",
                  folder_.path().string(), "--db", path("r.db"), "--html", path("report.html")});
    return run_tool({.argv = std::move(words), .timeout = 300s}).value();
  }
  ToolResult run_model() { return run({"--model", "replay:" + path("predictions.jsonl")}); }
  Json report() {
    const ToolResult result =
        run_tool({.argv = {EVAL_TEST_PROGRAM, "report", "--json", "-", "--db", path("r.db")},
                  .timeout = 60s})
            .value();
    return parse_json(result.standard_output, "report").value();
  }

  const TempDir folder_ = TempDir::create("swe-controls-cli").value();
  const testing::SmallRepository repository_{folder_.path()};
};

TEST_F(SweControlsCli, SetApartWhatFailsThem) {
  const ToolResult controls = run({"--gold", "--empty"});
  EXPECT_EQ(controls.exit_code, 1) << controls.standard_error;
  EXPECT_THAT(controls.standard_output, HasSubstr("own__sums-2: the reference patch got WA"));

  const ToolResult model = run_model();
  EXPECT_EQ(model.exit_code, 0) << model.standard_error;
  // The official denominator first.
  EXPECT_LT(model.standard_output.find("50.0 %"), model.standard_output.find("100.0 %"))
      << model.standard_output;
  EXPECT_THAT(model.standard_output, HasSubstr("1 instance is set apart (tried: 2 reference "));
  const Json made = report();
  EXPECT_EQ(made["score"]["metrics"][0]["value"], 0.5);
  EXPECT_EQ(made["controls"]["without"]["value"], 1.0);
  EXPECT_EQ(made["controls"]["gold_count"], 2);
  EXPECT_EQ(made["controls"]["empty_count"], 2);
  ASSERT_EQ(made["controls"]["apart"].size(), 1U);
  EXPECT_EQ(made["controls"]["apart"][0]["is_flaky"], false);
  EXPECT_THAT(*read_file(path("report.html")), HasSubstr("1 instance is set apart"));

  // Other environments are not controlled by these.
  write("environments.json",
        replace_all(*read_file(path("environments.json")), "-p no:cacheprovider", "-q"));
  const ToolResult other = run({"--model", "replay:" + path("predictions.jsonl"), "--run-id", "o"});
  EXPECT_THAT(other.standard_output, HasSubstr("none was run in these"));
}

TEST_F(SweControlsCli, AreRepeatedAsOftenAsAsked) {
  const ToolResult control = run({"--gold", "--problem", "own__sums-1", "--repeat", "2"});
  EXPECT_EQ(control.exit_code, 0) << control.standard_output << control.standard_error;
  const Json made = report();
  EXPECT_EQ(made["problems"][0]["attempts"][0]["judgement_count"], 2);
  EXPECT_EQ(made["controls"]["apart"].size(), 0U);
}

TEST_F(SweControlsCli, TakeThePlaceOfAModel) {
  const ToolResult both = run({"--gold", "--model", "replay:" + path("predictions.jsonl")});
  EXPECT_EQ(both.exit_code, 64);
  EXPECT_THAT(both.standard_error, HasSubstr("take the place of a model"));
  const ToolResult repeat =
      run({"--model", "replay:" + path("predictions.jsonl"), "--repeat", "2"});
  EXPECT_EQ(repeat.exit_code, 64);
  EXPECT_THAT(repeat.standard_error, HasSubstr("needs --gold or --empty"));
}

}  // namespace
}  // namespace eval
