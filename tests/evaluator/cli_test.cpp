// The program as a user meets it: the real binary, real boxes, real files.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <thread>

#include "base/files.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace eval {
namespace {

using namespace std::chrono_literals;

const fs::path kSource = EVAL_TEST_SOURCE_DIR;
const std::string kSuite = (kSource / "problems/packages/quickstart").string();

ToolResult cli(std::vector<std::string> arguments) {
  std::vector<std::string> argv = {EVAL_TEST_PROGRAM};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run_tool({.argv = argv, .timeout = 240s}).value();
}

// Three problems with a slow attempt among them: enough to be caught in the middle of.
const std::vector<std::string> kFew = {"--problem", "turbines",  "--problem",
                                       "ferry",     "--problem", "evensplit"};

std::vector<std::string> quick_run(const fs::path& db, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"run",  "--suite", kSuite,     "--model", "replay:recorded",
                                        "--db", db,        "--no-html"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Starts the program without waiting, its output thrown away.
pid_t start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), EVAL_TEST_PROGRAM);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const int null = open("/dev/null", O_RDWR);
    dup2(null, 1);
    dup2(null, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Json report_of(const fs::path& db) {
  const ToolResult result = cli({"report", "--db", db, "--format", "json"});
  return parse_json(result.standard_output, "report").value();
}

// "problem#attempt" -> verdict ("" while not judged).
std::map<std::string, std::string> verdicts_of(const Json& report) {
  std::map<std::string, std::string> verdicts;
  for (const Json& problem : report["problems"]) {
    for (const Json& attempt : problem["attempts"]) {
      const Json& verdict = attempt["verdict"];
      verdicts[problem["id"].get<std::string>() + "#" + to_json_line(attempt["index"])] =
          verdict.is_string() ? verdict.get<std::string>() : "";
    }
  }
  return verdicts;
}

std::map<std::string, std::string> expected_verdicts(bool only_few = false) {
  const std::string few = "quickstart/turbines quickstart/ferry quickstart/evensplit";
  std::map<std::string, std::string> verdicts;
  const Json expected =
      parse_json(read_file(kSuite + "/expected.json").value(), "expected").value();
  for (const Json& row : expected) {
    if (only_few && few.find(row["problem"].get<std::string>()) == std::string::npos) continue;
    verdicts[row["problem"].get<std::string>() + "#" + to_json_line(row["attempt"])] =
        row["verdict"].get<std::string>();
  }
  return verdicts;
}

class Cli : public testing::Test {
 protected:
  const TempDir dir_ = TempDir::create("evalctl-cli").value();
  const fs::path db_ = dir_.path() / "a.db";
};

TEST_F(Cli, OffersTheCommandThatWasMeant) {
  const ToolResult result = cli({"reprot"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_NE(result.standard_error.find("did you mean \"report\"?"), std::string::npos)
      << result.standard_error;
  EXPECT_EQ(result.standard_output, "");
}

TEST_F(Cli, OffersTheOptionThatWasMeant) {
  const ToolResult result = cli({"run", "--sampels", "3"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_NE(result.standard_error.find("did you mean \"--samples\"?"), std::string::npos)
      << result.standard_error;
}

TEST_F(Cli, OffersTheSuiteThatWasMeant) {
  const ToolResult result =
      cli({"run", "--suite", "quikstart", "--model", "replay:recorded", "--db", db_});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.standard_error.find("quickstart"), std::string::npos) << result.standard_error;
  EXPECT_FALSE(fs::exists(db_));
}

TEST_F(Cli, JudgesTheQuickstartSuiteAsPromised) {
  const ToolResult run = cli(quick_run(db_));
  EXPECT_EQ(run.exit_code, 0) << run.standard_error;
  EXPECT_EQ(verdicts_of(report_of(db_)), expected_verdicts());
}

TEST_F(Cli, ResumesAfterKillWithoutLosingOrDoublingAttempts) {
  const pid_t child = start(quick_run(db_, kFew));
  std::this_thread::sleep_for(1500ms);
  kill(child, SIGKILL);
  wait_for(child);
  const ToolResult run = cli(quick_run(db_, kFew));
  EXPECT_EQ(run.exit_code, 0) << run.standard_error;
  const Json report = report_of(db_);
  EXPECT_EQ(verdicts_of(report), expected_verdicts(true));
  for (const Json& problem : report["problems"]) EXPECT_EQ(problem["attempts"].size(), 4U);
}

TEST_F(Cli, StopsWithinTwoSecondsOfAnInterruptAndResumes) {
  const pid_t child = start(quick_run(db_, kFew));
  std::this_thread::sleep_for(1500ms);
  const auto asked = std::chrono::steady_clock::now();
  kill(child, SIGINT);
  const int code = wait_for(child);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
  EXPECT_EQ(code, 130);
  EXPECT_EQ(cli(quick_run(db_, kFew)).exit_code, 0);
  EXPECT_EQ(verdicts_of(report_of(db_)), expected_verdicts(true));
}

TEST_F(Cli, RefusesASecondProcessOnTheSameRun) {
  const pid_t child = start(quick_run(db_, kFew));
  std::this_thread::sleep_for(1500ms);
  const ToolResult second = cli(quick_run(db_, kFew));
  kill(child, SIGINT);
  wait_for(child);
  EXPECT_EQ(second.exit_code, 4);
  EXPECT_NE(second.standard_error.find(std::to_string(child)), std::string::npos)
      << second.standard_error;
}

TEST_F(Cli, DryRunTouchesNothing) {
  const ToolResult result = cli(quick_run(db_, {"--dry-run", "--format", "json"}));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  const Json plan = parse_json(result.standard_output, "plan").value();
  EXPECT_EQ(plan["attempts"].get<int>(), 40);
  EXPECT_FALSE(fs::exists(db_));
}

TEST_F(Cli, LimitsTheRunByFilterProblemAndSamples) {
  const ToolResult result = cli(quick_run(
      db_, {"--filter", "*/t*", "--limit", "2", "-n", "2", "--dry-run", "--format", "json"}));
  const Json plan = parse_json(result.standard_output, "plan").value();
  EXPECT_EQ(plan["attempts"].get<int>(), 4);
}

TEST_F(Cli, PrintsEventsAsJsonLines) {
  const ToolResult result =
      cli(quick_run(db_, {"--json-events", "--problem", "quickstart/twopiles"}));
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  int judged = 0;
  for (const std::string_view line : split_lines(result.standard_output)) {
    const Json event = parse_json(line, "event").value();
    judged += event["event"] == "judged" ? 1 : 0;
  }
  EXPECT_EQ(judged, 4);
}

TEST_F(Cli, FlagBeatsEnvironmentBeatsFile) {
  ASSERT_TRUE(write_file(dir_.path() / "run.yaml",
                         "suite: " + kSuite +
                             "\nmodel: replay:recorded\nsamples: 1\nseed: 1\ndb: " + db_.string() +
                             "\n"));
  const auto seed_of = [&](std::vector<std::string> command) {
    const ToolResult result = run_tool({.argv = command}).value();
    return parse_json(result.standard_output, result.standard_error)
        .value()["manifest"]["seed"]
        .get<int>();
  };
  const std::string file = (dir_.path() / "run.yaml").string();
  EXPECT_EQ(seed_of({EVAL_TEST_PROGRAM, "run", file, "--dry-run", "--format", "json"}), 1);
  EXPECT_EQ(seed_of({"/usr/bin/env", "EVALCTL_SEED=2", EVAL_TEST_PROGRAM, "run", file, "--dry-run",
                     "--format", "json"}),
            2);
  EXPECT_EQ(seed_of({"/usr/bin/env", "EVALCTL_SEED=2", EVAL_TEST_PROGRAM, "run", file, "--seed",
                     "3", "--dry-run", "--format", "json"}),
            3);
}

TEST_F(Cli, NamesLineAndColumnOfABrokenConfiguration) {
  ASSERT_TRUE(write_file(dir_.path() / "bad.yaml", "suite: quickstart\nmodel: [a, b\n"));
  const ToolResult result = cli({"run", dir_.path() / "bad.yaml"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_NE(result.standard_error.find("line 3, column 1"), std::string::npos)
      << result.standard_error;
}

TEST_F(Cli, RefusesAFileThatIsNoDatabase) {
  ASSERT_TRUE(write_file(db_, "this is not a database, just a text of some length\n"));
  const ToolResult result = cli(quick_run(db_));
  EXPECT_EQ(result.exit_code, 65) << result.standard_error;
  EXPECT_EQ(read_file(db_).value(), "this is not a database, just a text of some length\n");
}

TEST_F(Cli, WritesEveryReport) {
  ASSERT_EQ(cli(quick_run(db_, {"--problem", "quickstart/ferry"})).exit_code, 0);
  const auto path = [&](const char* name) { return (dir_.path() / name).string(); };
  const ToolResult result =
      cli({"report", "--db", db_, "--html", path("r.html"), "--json", path("r.json"), "--csv",
           path("r.csv"), "--markdown", path("r.md"), "--junit", path("r.xml")});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_NE(read_file(path("r.html")).value().find("Content-Security-Policy"), std::string::npos);
  const Json report = parse_json(read_file(path("r.json")).value(), "r.json").value();
  // Whether the attack suite was run here is the machine's affair; that the report says it is ours.
  const Json& boxes = report["run"]["sandboxes"];
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_EQ(boxes[0]["isolation"], report["run"]["isolation"][0]);
  EXPECT_TRUE(boxes[0].contains("selftest"));
  EXPECT_NE(read_file(path("r.md")).value().find("selftest"), std::string::npos);
  const std::string csv = read_file(path("r.csv")).value();
  EXPECT_EQ(split_lines(csv).size(), 5U);
  EXPECT_NE(read_file(path("r.md")).value().find("Full Ferry"), std::string::npos);
  EXPECT_TRUE(read_file(path("r.xml")).value().starts_with("<?xml"));
}

TEST_F(Cli, JudgingAgainAppends) {
  ASSERT_EQ(cli(quick_run(db_, {"--problem", "quickstart/twopiles"})).exit_code, 0);
  const ToolResult again =
      cli({"judge", "--again", "--suite", kSuite, "--problem", "quickstart/twopiles", "--model",
           "replay:recorded", "--db", db_, "--no-html"});
  EXPECT_EQ(again.exit_code, 0) << again.standard_error;
  const Json report = report_of(db_);
  for (const Json& attempt : report["problems"][0]["attempts"]) {
    EXPECT_EQ(attempt["judgement_count"].get<int>(), 2) << to_json_line(attempt["index"]);
  }
}

TEST_F(Cli, RepeatsJudgingAndCountsTheFlips) {
  ASSERT_EQ(cli(quick_run(db_, {"--problem", "quickstart/twopiles"})).exit_code, 0);
  const ToolResult repeated = cli({"judge", "--repeat", "2", "--suite", kSuite, "--problem",
                                   "quickstart/twopiles", "--db", db_, "--format", "json"});
  EXPECT_EQ(repeated.exit_code, 0) << repeated.standard_output << repeated.standard_error;
  const Json flips = parse_json(repeated.standard_output, "flips").value();
  EXPECT_EQ(flips["repeats"], 2);
  EXPECT_EQ(flips["flips"], 0);
  const Json report = report_of(db_);
  EXPECT_EQ(report["problems"][0]["attempts"][0]["judgement_count"], 3);
}

TEST_F(Cli, AnswersAnotherTimeLimitFromStoredTimes) {
  ASSERT_EQ(cli(quick_run(db_, {"--problem", "quickstart/twopiles"})).exit_code, 0);
  const ToolResult again = cli({"judge", "--time-factor", "2", "--suite", kSuite, "--problem",
                                "quickstart/twopiles", "--db", db_, "--no-html"});
  EXPECT_EQ(again.exit_code, 0) << again.standard_error;
  const Json report = report_of(db_);
  const Json& judgement = report["problems"][0]["attempts"][0]["judgement"];
  EXPECT_NE(judgement["fingerprint"].get<std::string>().find("times of an earlier judgement"),
            std::string::npos);
  EXPECT_EQ(report["problems"][0]["attempts"][0]["judgement_count"], 2);
}

TEST_F(Cli, OffersTheProfileThatWasMeant) {
  const ToolResult result = cli({"run", "--suite", kSuite, "--model", "replay:recorded",
                                 "--profile", "ioi2025", "--db", db_});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.standard_error.find("did you mean \"ioi-2025\"?"), std::string::npos)
      << result.standard_error;
}

TEST_F(Cli, ShowsAnAttemptWithoutItsControlCharacters) {
  ASSERT_EQ(cli(quick_run(db_, {"--problem", "quickstart/pricelist"})).exit_code, 0);
  const ToolResult result = cli({"show", "pricelist", "2", "--db", db_});
  EXPECT_EQ(result.exit_code, 0) << result.standard_error;
  EXPECT_NE(result.standard_output.find("<script>"), std::string::npos);
  EXPECT_EQ(result.standard_output.find('\x1b'), std::string::npos);
}

TEST_F(Cli, ShowsAProblemByWhatTablesCallIt) {
  const ToolResult result = cli(quick_run(db_, {"--problem", "quickstart/pricelist"}));
  ASSERT_EQ(result.exit_code, 0);
  // A score of a part is not taken for one of the whole.
  EXPECT_NE(result.standard_output.find(", 1 of 10 chosen"), std::string::npos)
      << result.standard_output;
  const std::string shown = cli({"show", "pricelist", "--db", db_}).standard_output;
  EXPECT_EQ(cli({"show", "Price List", "--db", db_}).standard_output, shown);
  EXPECT_EQ(cli({"show", "Price L…", "--db", db_}).standard_output, shown);
  EXPECT_NE(cli({"show", "Price L", "--db", db_}).exit_code, 0);
}

TEST_F(Cli, CompletesCommandsOptionsAndValuesInBash) {
  const std::string script =
      "source <(" EVAL_TEST_PROGRAM
      " completion bash); "
      "_evalctl_candidates problems; echo; _evalctl_candidates run --format; echo";
  const ToolResult result = run_tool({.argv = {"/bin/bash", "-c", script}}).value();
  const auto lines = split_lines(result.standard_output);
  ASSERT_EQ(lines.size(), 2U) << result.standard_error;
  EXPECT_NE(lines[0].find("list show check verify"), std::string_view::npos) << lines[0];
  EXPECT_EQ(lines[1], "text json");
}

TEST_F(Cli, FindsEveryFaultOfABrokenPackage) {
  const ToolResult result =
      cli({"problems", "check", kSource / "tests/packages/broken/several_faults"});
  EXPECT_EQ(result.exit_code, 1);
  int errors = 0;
  for (const std::string_view line : split_lines(result.standard_output)) {
    errors += line.starts_with("error: ") ? 1 : 0;
  }
  EXPECT_GE(errors, 3) << result.standard_output;
}

TEST_F(Cli, ChecksADataSet) {
  const std::string rows = kSource / "tests/lcb/scenarios/execution.jsonl";
  ToolResult result = cli({"problems", "check", rows});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.standard_output.find(", 4 problems, 2023-05-13 to 2023-07-01; no findings\n"),
            std::string::npos)
      << result.standard_output;
  const fs::path broken = dir_.path() / "problems.jsonl";
  // The first row is the last in time, then.
  const std::string moved = replace_all(read_file(rows).value(), "2023-05-13", "2024-05-13");
  ASSERT_TRUE(write_file(broken, moved + "oops\n"));
  result = cli({"problems", "check", "--format", "json", broken});
  EXPECT_EQ(result.exit_code, 1);
  const auto json = parse_json(result.standard_output, "check");
  ASSERT_TRUE(json) << result.standard_output;
  const Json& checked = (*json)["packages"].at(0);
  EXPECT_EQ(checked["problems"], 4);
  EXPECT_EQ(checked["first_date"], "2023-06-03");
  EXPECT_EQ(checked["last_date"], "2024-05-13");
  EXPECT_EQ(checked["findings"].at(0)["rule"], "row-refused");
}

TEST_F(Cli, CountsTheProblemsOfADataSetWhoseTitleDoesNot) {
  const fs::path proofs = dir_.path() / "proofs.csv";
  ASSERT_TRUE(write_file(proofs,
                         "Problem ID,Problem,Solution,Grading guidelines,Category,Level,Short "
                         "Answer,Source\nPB-1,Prove it.,By axioms.,none,Algebra,IMO-hard,,Own\n"));
  const ToolResult result = cli({"problems", "check", proofs});
  EXPECT_NE(result.standard_output.find(", 1 problem; "), std::string::npos)
      << result.standard_output << result.standard_error;
}

TEST_F(Cli, VerifiesTheBuiltInSuite) {
  const ToolResult result =
      cli({"problems", "verify", "quickstart", "--filter", "*/[bt]*", "-j", "2"});
  EXPECT_EQ(result.exit_code, 0) << result.standard_output << result.standard_error;
}

}  // namespace
}  // namespace eval
