// evalctl-box is `evalctl sandbox run` as a small program: the same options give the same result.
#include <gtest/gtest.h>

#include <chrono>

#include "base/files.h"
#include "base/json.h"
#include "base/subprocess.h"

namespace eval {
namespace {

struct Ending {
  int exit_code = 0;
  Json result;
};

Ending carry_out(std::vector<std::string> program, const std::vector<std::string>& arguments) {
  program.insert(program.end(), arguments.begin(), arguments.end());
  const ToolResult done = run_tool({.argv = program, .timeout = std::chrono::seconds(60)}).value();
  const auto json = parse_json(done.standard_output, "result");
  EXPECT_TRUE(json) << done.standard_output << done.standard_error;
  return {done.exit_code, json.value_or(Json())};
}

Ending small(const std::vector<std::string>& arguments) {
  return carry_out({EVAL_BOX_TOOL, "--json"}, arguments);
}

Ending whole(const std::vector<std::string>& arguments) {
  return carry_out({EVAL_TEST_PROGRAM, "--format", "json", "sandbox", "run"}, arguments);
}

// All but times and sizes.
Json settled(Json result) {
  // Without a cgroup processes are counted by looking: a short run may be over before the first look.
  for (const char* key :
       {"cpu_ms", "user_ms", "system_ms", "wall_ms", "memory_peak_bytes", "processes_peak"}) {
    EXPECT_TRUE(result.contains(key)) << key;
    result.erase(key);
  }
  return result;
}

void expect_alike(const std::vector<std::string>& arguments, int exit_code) {
  const Ending ours = small(arguments);
  const Ending theirs = whole(arguments);
  EXPECT_EQ(ours.exit_code, exit_code);
  EXPECT_EQ(theirs.exit_code, exit_code);
  EXPECT_EQ(settled(ours.result), settled(theirs.result));
}

TEST(BoxTool, SaysWhatEvalctlSays) {
  expect_alike({"--", "sh", "-c", "echo out; echo err >&2; exit 3"}, 1);
  expect_alike({"--env", "A=b c", "--", "env"}, 0);
  expect_alike({"--processes", "9", "--", "sh", "-c", "kill -9 $$"}, 1);
  expect_alike({"--output", "1K", "--", "sh", "-c", "while :; do echo flood; done"}, 1);
}

TEST(BoxTool, CopiesFilesInAndOut) {
  const TempDir folder = TempDir::create("box-tool-test").value();
  ASSERT_TRUE(write_file(folder.path() / "in", "text"));
  const Ending done = small({"--file", "given=" + (folder.path() / "in").string(), "--out",
                             "made=" + (folder.path() / "out").string(), "--stdout",
                             (folder.path() / "said").string(), "--", "sh", "-c",
                             "cat given; tr a-z A-Z < given > made"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(read_file(folder.path() / "out", Bytes::kib(1)).value_or(""), "TEXT");
  EXPECT_EQ(read_file(folder.path() / "said", Bytes::kib(1)).value_or(""), "text");
  EXPECT_EQ(done.result["outputs"]["made"], 4);
}

TEST(BoxTool, SaysThatItsOutputCouldNotBeWritten) {
  const ToolResult full =
      run_tool({.argv = {"/bin/sh", "-c", "\"$0\" --help > /dev/full", EVAL_BOX_TOOL}}).value();
  EXPECT_EQ(full.exit_code, 4);
  EXPECT_NE(full.standard_error.find("No space left on device"), std::string::npos);
}

TEST(BoxTool, RefusesWhatItDoesNotKnow) {
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--no-such-option", "--", "true"},
        {"--time", "soon", "--", "true"},
        {"--profile", "root", "--", "true"},
        {"--net", "host", "--", "true"},
        {"--time", "1"}}) {
    std::vector<std::string> argv = {EVAL_BOX_TOOL};
    argv.insert(argv.end(), wrong.begin(), wrong.end());
    const ToolResult done = run_tool({.argv = argv, .timeout = std::chrono::seconds(60)}).value();
    EXPECT_EQ(done.exit_code, 64) << done.standard_error;
    EXPECT_EQ(done.standard_error.rfind("evalctl-box: error: ", 0), 0U) << done.standard_error;
  }
}

}  // namespace
}  // namespace eval
