// The agent through the whole program: recorded replies, several turns each, solve a small repository of our own
// in a box; a run that was killed goes on where it stopped; and a run can be recorded and played again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "tests/support/small_repository.h"

extern char** environ;

namespace eval {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class BashAgentCli : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!repository_.why_not().empty()) GTEST_SKIP() << repository_.why_not();
    const auto box = testing::make_box();
    if (!box) GTEST_SKIP() << "no box can be built here: " << describe(box.error());
    write("instances.jsonl", to_json_line(repository_.row()) + "\n");
  }

  // `slow`: the third turn's action lasts, so that there is time to kill the program in it.
  void write_recording(const std::string& name, bool slow) {
    const std::string mend =
        std::string(slow ? "sleep 12; " : "") +
        "sed -i 's/numbers\\[1:\\]/numbers/' src/sums.py && git diff -- src > /tmp/patch.txt";
    const std::vector<std::string> actions = {
        "cat src/sums.py", "echo first >> /tmp/actions", mend,
        "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT && cat /tmp/patch.txt"};
    std::string lines;
    for (std::size_t turn = 0; turn < actions.size(); ++turn) {
      const std::string text = "THOUGHT: on\n\n```bash\n" + actions[turn] + "\n```";
      lines += to_json_line({{"problem", "own__sums-1"},
                             {"attempt", 0},
                             {"turn", turn},
                             {"text", text},
                             {"prompt_tokens", 1000 * (turn + 1)},
                             {"completion_tokens", 10 * (turn + 1)}}) +
               "\n";
    }
    write(name, lines);
  }

  void write(const std::string& name, const std::string& content) {
    ASSERT_TRUE(write_file(folder_.path() / name, content));
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::vector<std::string> run_words(const std::string& recording) const {
    return {EVAL_TEST_PROGRAM,
            "run",
            "--suite",
            path("instances.jsonl"),
            "--environments",
            folder_.path().string(),
            "--model",
            "replay:" + path(recording),
            "--strategy",
            "bash_agent:prompt_price=100,completion_price=500",
            "--db",
            path("r.db"),
            "--html",
            path("report.html")};
  }
  ToolResult cli(std::vector<std::string> words) {
    return run_tool({.argv = std::move(words), .timeout = 120s}).value();
  }
  ToolResult evalctl(std::vector<std::string> words) {
    words.insert(words.begin(), EVAL_TEST_PROGRAM);
    words.insert(words.end(), {"--db", path("r.db")});
    return cli(std::move(words));
  }
  Json report() {
    const ToolResult result = evalctl({"report", "--json", "-"});
    return parse_json(result.standard_output, "report").value();
  }

  const TempDir folder_ = TempDir::create("bash-agent-cli").value();
  const testing::SmallRepository repository_{folder_.path()};
};

// The number of turns in the store, or 0 while there is none.
std::size_t turns_stored(const Json& report) {
  const Json& attempts = report["problems"][0]["attempts"];
  return attempts.empty() || !attempts[0].contains("turns") ? 0 : attempts[0]["turns"].size();
}

TEST_F(BashAgentCli, SolvesASmallRepositoryFromARecording) {
  write_recording("replies.jsonl", false);
  const ToolResult run = cli(run_words("replies.jsonl"));
  EXPECT_EQ(run.exit_code, 0) << run.standard_error;
  EXPECT_THAT(run.standard_output, HasSubstr("AC 1"));
  const Json made = report();
  ASSERT_EQ(turns_stored(made), 4U);
  const Json& turns = made["problems"][0]["attempts"][0]["turns"];
  EXPECT_THAT(turns[0]["observation"].get<std::string>(), HasSubstr("for number in numbers[1:]"));
  // 1000 tokens at 100 cents a million, and 10 at 500.
  EXPECT_NEAR(turns[0]["cost_cents"].get<double>(), 0.105, 1e-9);
}

TEST_F(BashAgentCli, CanBeRecordedAndPlayedAgain) {
  write_recording("replies.jsonl", false);
  ASSERT_EQ(cli(run_words("replies.jsonl")).exit_code, 0);
  const ToolResult exported = evalctl({"export", "recording", path("again.jsonl")});
  ASSERT_EQ(exported.exit_code, 0) << exported.standard_error;
  const auto text = read_file(path("again.jsonl"));
  EXPECT_EQ(split_lines(*text).size(), 4U);
  EXPECT_EQ(text->find("observation.txt"), std::string::npos);
  auto words = run_words("again.jsonl");
  words.insert(words.end(), {"--run-id", "again"});
  const ToolResult again = cli(words);
  EXPECT_EQ(again.exit_code, 0) << again.standard_error;
  EXPECT_THAT(again.standard_output, HasSubstr("AC 1"));
}

TEST_F(BashAgentCli, FailsWithTheTurnThatARecordingDoesNotHave) {
  write_recording("replies.jsonl", false);
  const auto text = read_file(path("replies.jsonl"));
  write("short.jsonl", text->substr(0, text->find('\n') + 1));
  const ToolResult run = cli(run_words("short.jsonl"));
  EXPECT_EQ(run.exit_code, 4) << run.standard_error;
  EXPECT_THAT(evalctl({"show", "own__sums-1", "0"}).standard_output,
              HasSubstr("1 turns of attempt 0"));
}

TEST_F(BashAgentCli, GoesOnAfterAKillInTheMiddleOfAnAction) {
  write_recording("replies.jsonl", true);
  std::vector<std::string> words = run_words("replies.jsonl");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  ASSERT_EQ(posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ), 0);
  // Two turns are stored; the third one's action sleeps.
  for (int tries = 0; tries < 300; ++tries) {
    std::this_thread::sleep_for(100ms);
    std::error_code ignored;
    if (fs::exists(path("r.db"), ignored)) {
      const ToolResult shown = evalctl({"report", "--json", "-"});
      const auto now = parse_json(shown.standard_output, "report");
      if (now && turns_stored(*now) == 2) break;
    }
  }
  ASSERT_EQ(kill(child, SIGKILL), 0);
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const Json killed = report();
  ASSERT_EQ(turns_stored(killed), 2U);

  // The same command: what was said stays.
  const ToolResult resumed = cli(run_words("replies.jsonl"));
  EXPECT_EQ(resumed.exit_code, 0) << resumed.standard_error;
  EXPECT_THAT(resumed.standard_output, HasSubstr("AC 1"));
  const Json made = report();
  ASSERT_EQ(turns_stored(made), 4U);
  const Json& turns = made["problems"][0]["attempts"][0]["turns"];
  for (std::size_t turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(turns[turn], killed["problems"][0]["attempts"][0]["turns"][turn]);
  }
}

}  // namespace
}  // namespace eval
