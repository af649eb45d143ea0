// The scenarios of LiveCodeBench held to its own code: what is expected here is what that code (commit 28fef95) gave
// for the same rows and texts, kept in tests/lcb/scenarios/official.json.
#include <gtest/gtest.h>

#include "evaluator/extract.h"
#include "evaluator/feedback.h"
#include "evaluator/first_turns.h"
#include "evaluator/livecodebench_prompt.h"
#include "evaluator/prompt.h"
#include "evaluator/strategy.h"
#include "evaluator/submission_maker.h"
#include "judges/lcb/official_verdict.h"
#include "judges/lcb/python_show.h"
#include "problems/livecodebench_prediction.h"
#include "problems/suite.h"

namespace eval::evaluator {
namespace {

const fs::path kFixtures = fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb/scenarios";

const Json& official() {
  static const Json json =
      parse_json(read_file(kFixtures / "official.json").value_or("{}"), "official.json")
          .value_or(Json::object());
  return json;
}

Json as_json(const runners::Prompt& prompt) {
  Json list = Json::array();
  for (const runners::Message& message : prompt.messages) {
    list.push_back({{"role", runners::role_name(message.role)}, {"content", message.content}});
  }
  return list;
}

// Prompts of every problem of `file` under `prompt_template` against member `key` of the entries of `part`.
void expect_prompts(const char* file, const char* part, const char* prompt_template,
                    const char* key) {
  const auto suite = problems::load_suite((kFixtures / file).string(), {});
  ASSERT_TRUE(suite) << describe(suite.error());
  ASSERT_EQ(official()[part].size(), suite->problems.size());
  for (const Json& entry : official()[part]) {
    const std::string id = suite->name + "/" + entry["id"].get<std::string>();
    const auto problem = std::ranges::find(suite->problems, id, &problems::Problem::id);
    ASSERT_NE(problem, suite->problems.end()) << id;
    const auto prompt =
        make_prompt(*problem, {}, {prompt_template, {}}, judges::Languages::built_in());
    ASSERT_TRUE(prompt) << describe(prompt.error());
    EXPECT_EQ(as_json(*prompt), entry[key]) << id;
  }
}

TEST(LiveCodeBenchPrompts, OfTestOutputPredictionAreTheOfficialOnes) {
  expect_prompts("test_generation.jsonl", "test_output", "", "prompt");
}

TEST(LiveCodeBenchPrompts, OfCodeExecutionAreTheOfficialOnes) {
  expect_prompts("execution.jsonl", "execution", "", "prompt");
  expect_prompts("execution.jsonl", "execution", "livecodebench-execution-cot-1", "prompt_cot");
}

// The text that a chat template makes of system and user messages; officially these three are written so.
std::string rendered(const std::string& name, const runners::Prompt& prompt) {
  const std::string& system = prompt.messages.front().content;
  const std::string& user = prompt.messages.back().content;
  if (name == "livecodebench-deepseek-r1-1") {
    return "<｜begin▁of▁sentence｜>" + system + "<｜User｜>" + user + "<｜Assistant｜>";
  }
  return "<|im_start|>system\n" + system + "<|im_end|>\n<|im_start|>user\n" + user +
         "<|im_end|>\n<|im_start|>assistant\n";
}

// A text alone is the message of a user, or what a template has made of messages.
Json official_messages(const std::string& name, const runners::Prompt& prompt,
                       const Json& expected) {
  if (!expected.is_string()) return expected;
  const auto text = expected.get<std::string>();
  if (prompt.messages.size() == 1) return as_json({{{runners::Role::User, text}}});
  return rendered(name, prompt) == text ? as_json(prompt) : expected;
}

TEST(LiveCodeBenchPrompts, OfCodeGenerationAreTheOfficialOnes) {
  ASSERT_EQ(official()["generation"].size(), 3u);
  for (const Json& entry : official()["generation"]) {
    problems::Problem problem;
    problem.statement = entry["question"].get<std::string>();
    problems::ProgramTask task;
    task.starter_code = entry["starter_code"].get<std::string>();
    problem.task = task;
    ASSERT_EQ(entry["prompts"].size(), 9u);
    for (const auto& [name, expected] : entry["prompts"].items()) {
      const auto prompt = make_prompt(problem, {}, {name, {}}, judges::Languages::built_in());
      ASSERT_TRUE(prompt) << describe(prompt.error());
      EXPECT_EQ(as_json(*prompt), official_messages(name, *prompt, expected)) << name;
    }
  }
}

TEST(LiveCodeBenchPrompts, OfARepairAreTheOfficialOnes) {
  ASSERT_EQ(official()["repair"].size(), 5u);
  for (const Json& entry : official()["repair"]) {
    const auto repair = [&](LiveCodeBenchStyle style) {
      return as_json(livecodebench_repair_prompt(style, "Add {two} numbers.\n", "print(1)\n# end",
                                                 entry["metadata"]));
    };
    EXPECT_EQ(repair(LiveCodeBenchStyle::Chat), entry["prompt"]);
    EXPECT_EQ(repair(LiveCodeBenchStyle::Claude), entry["prompt_claude"]);
    EXPECT_EQ(repair(LiveCodeBenchStyle::Gemini), entry["prompt_gemini"]);
    // The official runner has none for these.
    EXPECT_EQ(repair(LiveCodeBenchStyle::OpenAiReason), entry["prompt_gemini"]);
    EXPECT_EQ(repair(LiveCodeBenchStyle::DeepSeekR1), entry["prompt"]);
  }
}

TEST(LiveCodeBenchPrompts, ARepairNeedsNoTestWhereTheProgramDidNotLoad) {
  // The official runner fails on these.
  EXPECT_EQ(livecodebench_repair_feedback({{"error_code", -4}, {"error_message", "no code"}}),
            "The above code is incorrect and got the following compilation error.\nno code");
}

TEST(ExtractPrediction, FindsWhatTheOfficialRunnerFinds) {
  ASSERT_GE(official()["extraction"].size(), 20u);
  for (const Json& entry : official()["extraction"]) {
    const auto text = entry["text"].get<std::string>();
    for (const ExtractionRule rule :
         {ExtractionRule::TestOutput, ExtractionRule::Execution, ExtractionRule::ExecutionCot}) {
      EXPECT_EQ(extract_prediction(text, rule),
                entry[std::string(extraction_rule_name(rule))].get<std::string>())
          << extraction_rule_name(rule) << ": " << text;
    }
  }
}

TEST(ExtractPrediction, OfARecordedPredictionIsTheFile) {
  const auto suite = problems::load_suite((kFixtures / "execution.jsonl").string(), {});
  runners::Generation generation;
  generation.files = {{"prediction.txt", "6"}};
  const auto made = make_submission(generation, suite->problems.front(),
                                    {ExtractionRule::Execution, {}}, judges::Languages::built_in());
  ASSERT_TRUE(made && made->submission);
  EXPECT_EQ(std::get<judges::Answer>(made->submission->submission).text, "6");
}

TEST(PythonShow, CutsWhereTheOfficialEvaluatorCuts) {
  for (const Json& pair : official()["truncated"]) {
    EXPECT_EQ(judges::python_truncated(pair[0].get<std::string>()), pair[1].get<std::string>());
  }
}

TEST(PythonShow, WritesValuesAsPythonDoes) {
  const auto repr = [](const char* text) { return judges::python_repr(*parse_json(text, "test")); };
  EXPECT_EQ(repr(R"([1, -2, 2.0, 1e16, 1e-5, 0.1, true, null])"),
            "[1, -2, 2.0, 1e+16, 1e-05, 0.1, True, None]");
  EXPECT_EQ(repr(R"(["a'b", "a\"b", "a'\"b", "\\\n\t\u0001", "é"])"),
            R"(["a'b", 'a"b', 'a\'"b', '\\\n\t\x01', 'é'])");
  EXPECT_EQ(repr(R"({"k": [], "l": {}})"), "{'k': [], 'l': {}}");
}

TEST(PythonShow, GuessesKindsFromWhatWasExpected) {
  EXPECT_EQ(judges::python_repr_of_spelled("i1;", Json(false)), "True");
  EXPECT_EQ(judges::python_repr_of_spelled("i2;", Json(1.5)), "2.0");
  EXPECT_EQ(judges::python_repr_of_spelled("l2[i1;r3/1;]", Json::array({1, 1})), "[1, 1.5]");
  EXPECT_EQ(judges::python_repr_of_spelled("t1[s1:'n;]", Json()), "(\"'\",)");
  EXPECT_EQ(judges::python_repr_of_spelled("l9[i1;i2", Json()), "[1, 2");
}

TEST(PythonShow, SaysWhatWasReturnedInsteadOfWhat) {
  EXPECT_EQ(judges::wrong_value_message("l2[i1;i0;]", " [true, false, 1] \n"),
            "returned [True, False] instead of [true, false, 1]");
  EXPECT_EQ(judges::wrong_value_message("x;", "[1]"),
            "returned a value that is equal to nothing instead of [1]");
  EXPECT_EQ(judges::wrong_value_message("s2:no", "no JSON"), "returned 'no' instead of no JSON");
  // What a program returns may be of any size and depth.
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "l1[";
  EXPECT_LT(judges::wrong_value_message(deep, "1").size(), 400u);
}

problems::Problem generation_problem() {
  problems::Problem problem;
  problem.id = "livecodebench/a";
  problem.statement = "Add.";
  problem.task = problems::ProgramTask{};
  return problem;
}

TEST(SelfRepair, AsksAgainWithWhatWasWrong) {
  const auto strategy = strategy_from_name("self_repair");
  ASSERT_TRUE(strategy);
  const problems::Problem problem = generation_problem();
  const runners::Prompt first{{{runners::Role::User, "first"}}};
  std::vector<runners::Generation> so_far;
  EXPECT_EQ(strategy->next({problem, first, so_far}), std::vector{first});
  so_far.emplace_back().text = "reply";
  const Json metadata = {{"error_code", -2}, {"inputs", "1 2"}, {"output", "4"}, {"expected", "3"}};
  attach_feedback(so_far.back(), {false, "print(4)", metadata});
  const auto prompts = strategy->next({problem, first, so_far});
  ASSERT_EQ(prompts.size(), 1u);
  const auto expected = [&](LiveCodeBenchStyle style) {
    return livecodebench_repair_prompt(style, "Add.", "print(4)", metadata);
  };
  EXPECT_EQ(prompts.front(), expected(LiveCodeBenchStyle::Chat));
  EXPECT_EQ(strategy->next({problem, first, so_far, "livecodebench-claude-1"}),
            std::vector{expected(LiveCodeBenchStyle::Claude)});
  so_far.emplace_back().text = "second";
  EXPECT_TRUE(strategy->next({problem, first, so_far}).empty());
  EXPECT_EQ(strategy->chosen({problem, first, so_far}), 1u);
}

TEST(SelfRepair, LeavesAnAcceptedProgramAlone) {
  const auto strategy = strategy_from_name("self_repair");
  const problems::Problem problem = generation_problem();
  const runners::Prompt first;
  std::vector<runners::Generation> so_far(1);
  attach_feedback(so_far.back(), {true, "print(3)", Json()});
  EXPECT_TRUE(strategy->next({problem, first, so_far}).empty());
  EXPECT_EQ(strategy->chosen({problem, first, so_far}), 0u);
}

TEST(SelfRepair, FeedbackIsNoSubmission) {
  runners::Generation generation;
  generation.text = "```python\nprint(3)\n```";
  attach_feedback(generation, {false, "print(3)", Json()});
  const auto made =
      make_submission(generation, generation_problem(), {ExtractionRule::LastTwoFences, {}},
                      judges::Languages::built_in());
  ASSERT_TRUE(made && made->submission);
  EXPECT_EQ(std::get<judges::SourceProgram>(made->submission->submission).files.front().content,
            "print(3)\n");
}

// A problem with one test below `folder`.
problems::Problem tested_problem(const fs::path& folder, const std::string& function_name,
                                 const std::string& input, const std::string& output) {
  problems::Problem problem = generation_problem();
  problems::ProgramTask task;
  task.function_name = function_name;
  problems::Testcase testcase;
  testcase.name = "public/1";
  testcase.input.path = folder / "in";
  testcase.answer.path = folder / "out";
  static_cast<void>(write_file(testcase.input.path, input));
  static_cast<void>(write_file(testcase.answer.path, output));
  task.testcases.push_back(testcase);
  problem.task = task;
  return problem;
}

judges::Judgement failed(judges::Verdict verdict, judges::OfficialCode code,
                         const std::string& output, const std::string& error = "") {
  judges::TestResult test;
  test.testcase = "public/1";
  test.verdict = verdict;
  test.run_status = judges::kOfficialStatus;
  test.exit_code = static_cast<int>(code);
  test.output_excerpt = output;
  test.standard_error = error;
  judges::Judgement judgement;
  judgement.verdict = verdict;
  judgement.tests = {test};
  return judgement;
}

// What the official evaluator wrote for f(a, b) = [b] on these, and for a program that printed "5\n".
TEST(Feedback, HasTheMetadataOfTheOfficialEvaluator) {
  const auto folder = TempDir::create("feedback-");
  ASSERT_TRUE(folder);
  const auto function = tested_problem(folder->path(), "f", "[1, 2.0]\n\"x\"", "[\"y\", true]");
  const auto wrong = livecodebench_metadata(
      function, failed(judges::Verdict::WA, judges::OfficialCode::Wrong, "l1[s1:x]"));
  ASSERT_TRUE(wrong);
  EXPECT_EQ(*wrong, (Json{{"output", "['x']"},
                          {"inputs", "[[1, 2.0], 'x']"},
                          {"expected", "['y', True]"},
                          {"error_code", -2},
                          {"error_message", "Wrong Answer"}}));
  const auto program = tested_problem(folder->path(), "", "1 2\n", "3\n");
  auto judged = failed(judges::Verdict::WA, judges::OfficialCode::Wrong, "5\n");
  judged.tests.back().checker_message = "Wrong answer at output_line_idx=0: 5 != 3";
  const auto other = livecodebench_metadata(program, judged);
  ASSERT_TRUE(other);
  EXPECT_EQ(*other, (Json{{"output", "5\n"},
                          {"inputs", "1 2\n"},
                          {"expected", "3\n"},
                          {"error_code", -2},
                          {"error_message", "Wrong answer at output_line_idx=0: 5 != 3"}}));
  const auto slow = livecodebench_metadata(
      program, failed(judges::Verdict::TLE, judges::OfficialCode::TimedOut, ""));
  ASSERT_TRUE(slow);
  EXPECT_EQ(*slow, (Json{{"error", "TimeoutException()"},
                         {"inputs", "1 2\n"},
                         {"expected", "3\n"},
                         {"error_code", -3},
                         {"error_message", "Time Limit Exceeded"}}));
}

TEST(FirstTurns, BringTheFeedbackOfAnOfficialFileAlong) {
  const auto folder = TempDir::create("first-turns-");
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "eval_all.json";
  ASSERT_TRUE(write_file(
      file,
      R"([{"question_id": "a", "output_list": ["r0", "r1", "r2"], "code_list": ["c0", "c1", "c2"],)"
      R"( "graded_list": [true, false, false], "metadata": ["{}", "{\"error_code\": -2}"]}])"));
  const auto recording = read_first_turns(file.string(), nullptr, {});
  ASSERT_TRUE(recording) << describe(recording.error());
  const auto& turns = recording->at("a");
  ASSERT_EQ(turns.size(), 3u);
  EXPECT_EQ(feedback_of(turns[0].front()), (TurnFeedback{true, "c0", Json()}));
  EXPECT_EQ(feedback_of(turns[1].front()), (TurnFeedback{false, "c1", Json{{"error_code", -2}}}));
  // Nothing is said of the third: it is judged.
  EXPECT_FALSE(feedback_of(turns[2].front()));
}

TEST(FirstTurns, BringTheFeedbackOfGradedEntriesByQuestionAlong) {
  const auto folder = TempDir::create("first-turns-");
  ASSERT_TRUE(folder);
  const fs::path file = folder->path() / "x_eval_results.json";
  ASSERT_TRUE(write_file(
      file,
      R"({"date": "2026-03-12 10:00", "eval": {"a": {"question_id": "a", "output_list": ["c0", "c1"],)"
      "\n"
      R"( "code_list": ["c0", "c1"], "graded_list": [true, false], "metadata": ["{}", "{\"error_code\": -2}"]}}})"));
  const auto recording = read_first_turns(file.string(), nullptr, {});
  ASSERT_TRUE(recording) << describe(recording.error());
  const auto& turns = recording->at("a");
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(feedback_of(turns[0].front()), (TurnFeedback{true, "c0", Json()}));
  EXPECT_EQ(feedback_of(turns[1].front()), (TurnFeedback{false, "c1", Json{{"error_code", -2}}}));
}

TEST(FirstTurns, AreAnsweredFromTheRecordingAndTheRestByTheModel) {
  runners::Recording first;
  first["a"].emplace_back(1).front().text = "first";
  runners::Recording second;
  second["a"].emplace_back(1).front().text = "second";
  const auto runner = make_first_turn_runner(
      first, runners::make_replay_runner(second, "replay of seconds"), "first.json");
  EXPECT_EQ(runner->attempts_available("suite/a"), 1);
  EXPECT_EQ(runner->generate({"suite/a", 0, 0, {}, {}}, {})->text, "first");
  EXPECT_EQ(runner->generate({"suite/a", 0, 1, {}, {}}, {})->text, "second");
  EXPECT_NE(runner->description().find("replay of seconds; first turns from first.json"),
            std::string::npos);
}

}  // namespace
}  // namespace eval::evaluator
