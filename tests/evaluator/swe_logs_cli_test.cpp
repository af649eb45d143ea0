// Saved logs of SWE-bench through the whole program: graded, stored, exported. No box is needed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/files.h"
#include "base/json.h"
#include "base/subprocess.h"

namespace eval {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class SweLogsCli : public testing::Test {
 protected:
  void SetUp() override {
    std::string rows;
    for (const char* id : {"a__b-1", "a__b-2", "a__b-3", "a__b-4", "a__b-5"}) {
      const Json row = {{"instance_id", id},
                        {"repo", "pallets/flask"},
                        {"base_commit", "abc"},
                        {"version", "2.3"},
                        {"problem_statement", "It breaks."},
                        {"FAIL_TO_PASS", {"t.py::a"}},
                        {"PASS_TO_PASS", {"t.py::b"}}};
      rows += to_json_line(row) + "\n";
    }
    write("instances.jsonl", rows);
    write_log("a__b-1", "PASSED t.py::a\nPASSED t.py::b\n");
    write_log("a__b-2", "SKIPPED t.py::a\nPASSED t.py::b\n");
    write("logs/a__b-3/run_instance.log", ">>>>> Patch Apply Failed:\n");
    write(
        "logs/predictions.jsonl",
        R"({"instance_id": "a__b-1", "model_name_or_path": "m", "model_patch": "diff --git a/x b/x\n"})"
        "\n"
        R"({"instance_id": "a__b-4", "model_name_or_path": "m", "model_patch": null})"
        "\n");
  }
  void write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file(folder_.path() / name, content));
  }
  void write_log(const std::string& id, const std::string& tests) {
    write("logs/" + id + "/test_output.txt",
          "+ : '>>>>> Start Test Output'\n" + tests + "+ : '>>>>> End Test Output'\n");
  }
  ToolResult cli(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), EVAL_TEST_PROGRAM);
    arguments.insert(arguments.end(), {"--db", path("r.db")});
    return run_tool({.argv = arguments, .timeout = 120s}).value();
  }
  ToolResult judge(const std::string& semantics) {
    return cli({"judge", "--from", "swe-logs", path("logs"), "--suite", path("instances.jsonl"),
                "--semantics", semantics, "--run-id", semantics, "--no-html"});
  }
  Json exported(const std::string& format, const std::string& run) {
    const ToolResult result = cli({"export", format, "-", "--run-id", run});
    return parse_json(result.standard_output, format).value();
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  TempDir folder_ = TempDir::create("swe-logs-cli").value();
};

TEST_F(SweLogsCli, AreGradedStoredAndExported) {
  const ToolResult judged = judge("v5");
  EXPECT_EQ(judged.exit_code, 0) << judged.standard_error;
  EXPECT_THAT(judged.standard_output, HasSubstr("AC 1  WA 1  CE 1  NA 2"));
  const Json report = exported("swe-bench", "v5");
  EXPECT_EQ(report["total_instances"], 5);
  EXPECT_EQ(report["resolved_ids"], Json({"a__b-1"}));
  EXPECT_EQ(report["unresolved_ids"], Json({"a__b-2"}));
  EXPECT_EQ(report["error_ids"], Json({"a__b-3"}));
  EXPECT_EQ(report["empty_patch_ids"], Json({"a__b-4"}));
  EXPECT_EQ(report["incomplete_ids"], Json({"a__b-5"}));
  const Json instances = exported("swe-bench-instances", "v5");
  EXPECT_EQ(instances.size(), 2U);
  EXPECT_EQ(instances["a__b-2"]["tests_status"]["FAIL_TO_PASS"]["failure"], Json({"t.py::a"}));
  const ToolResult predictions = cli({"export", "swe-bench-predictions", "-", "--run-id", "v5"});
  EXPECT_THAT(predictions.standard_output,
              HasSubstr(R"({"instance_id":"a__b-1","model_name_or_path":"m",)"));
}

TEST_F(SweLogsCli, AreGradedByTheHarnessOfTheGivenVersion) {
  EXPECT_THAT(judge("v4").standard_output, HasSubstr("AC 2  CE 1  NA 2"));
  const ToolResult other = judge("lcb-official");
  EXPECT_EQ(other.exit_code, 64);
  EXPECT_THAT(other.standard_error, HasSubstr("is for LiveCodeBench"));
}

TEST_F(SweLogsCli, OfAFolderWithoutAnyAreAnError) {
  const ToolResult result = cli({"judge", "--from", "swe-logs", path(""), "--suite",
                                 path("instances.jsonl"), "--problem", "a__b-5", "--no-html"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_THAT(result.standard_error, HasSubstr("no log of an instance"));
}

}  // namespace
}  // namespace eval
