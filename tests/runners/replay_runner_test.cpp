#include "runners/replay_runner.h"

#include <gmock/gmock.h>

#include "base/text.h"

namespace eval::runners {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::SizeIs;

class RecordingFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TempDir::create("recording");
    ASSERT_TRUE(made) << describe(made.error());
    dir_.emplace(*std::move(made));
  }

  Result<Recording> read(std::string_view content) {
    const fs::path file = dir_->path() / "r.jsonl";
    EXPECT_TRUE(write_file(file, content));
    return read_recording(file);
  }

  Recording read_well(std::string_view content) {
    auto recording = read(content);
    EXPECT_TRUE(recording) << describe(recording.error());
    return recording.value_or(Recording{});
  }

  // The faults as printed, the folder left out.
  std::string faults(std::string_view content) {
    const auto recording = read(content);
    EXPECT_FALSE(recording);
    if (recording) return {};
    EXPECT_EQ(recording.error().code, ErrorCode::BadInput);
    return replace_all(describe(recording.error()), dir_->path().string() + "/", "");
  }

  std::optional<TempDir> dir_;
};

using OwnRecording = RecordingFile;
using LiveCodeBenchOutput = RecordingFile;
using SweBenchPredictions = RecordingFile;

GenerationRequest ask(std::string problem, int attempt) {
  GenerationRequest request;
  request.problem_id = std::move(problem);
  request.attempt = attempt;
  return request;
}

Generation everything() {
  Generation generation;
  generation.text = "```cpp\nint main() {}\n```\n";
  generation.reasoning = "hm ö \"quoted\"\n";
  generation.finish_reason = FinishReason::Length;
  generation.prompt_tokens = 12;
  generation.completion_tokens = 34;
  generation.queue_time = std::chrono::milliseconds(5);
  generation.first_token_time = std::chrono::milliseconds(6);
  generation.total_time = std::chrono::milliseconds(7);
  generation.tries = 3;
  generation.model = "m";
  generation.fingerprint = "http m at http://127.0.0.1/v1 fp";
  generation.files = {{"src/a.cpp", "int main() {}\n"}, {"src/b.h", ""}};
  generation.language = "cpp17";
  generation.token_hash = "c0ffee";
  generation.logprobs = {.ids = {7, 151643}, .texts = {}, .values = {-0.1F, -17.5F}};
  return generation;
}

TEST_F(OwnRecording, ReadsBackWhatRecordingLineWrites) {
  Generation plain;
  plain.text = "plain";
  plain.logprobs = {.ids = {}, .texts = {"pl", "ain"}, .values = {-0.25F, -1e-6F}};
  const std::string lines =
      recording_line("s/a", 0, everything()) + "\n" + recording_line("s/a", 1, plain) + "\n";
  EXPECT_EQ(read_well(lines), (Recording{{"s/a", {{everything()}, {plain}}}}));
}

TEST_F(OwnRecording, ReadsTheDocumentedLine) {
  const Recording recording =
      read_well(R"({"problem":"quickstart/twopiles","attempt":0,"text":"hi","reasoning":null,)"
                R"("finish_reason":"length","prompt_tokens":812,"completion_tokens":2044,)"
                R"("model":"some-model","generation_ms":31250})");
  const Generation& generation = recording.at("quickstart/twopiles").at(0).at(0);
  EXPECT_EQ(generation.text, "hi");
  EXPECT_EQ(generation.reasoning, std::nullopt);
  EXPECT_EQ(generation.finish_reason, FinishReason::Length);
  EXPECT_EQ(generation.completion_tokens, 2044);
  EXPECT_EQ(generation.total_time, std::chrono::milliseconds(31250));
}

TEST_F(OwnRecording, SortsAttemptsAndSkipsBlankLines) {
  const Recording recording = read_well(
      "\xEF\xBB\xBF"
      "{\"problem\":\"a\",\"attempt\":1,\"text\":\"second\"}\r\n\r\n"
      "{\"problem\":\"a\",\"attempt\":0,\"text\":\"first\"}");
  EXPECT_EQ(recording.at("a").at(0).at(0).text, "first");
  EXPECT_EQ(recording.at("a").at(1).at(0).text, "second");
}

TEST_F(OwnRecording, ReportsIndependentFaultsTogether) {
  EXPECT_EQ(faults(R"({"problem":"a","attempt":0,"text":"x","finish_reason":"eos"}
{"problem":"a","attempt":1,"text":}
{"problem":"a","attempt":0,"text":"x"}
{"problem":"a","atempt":3,"text":"x"}
{"problem":"b","attempt":0,"text":7}
{"problem":"c","attempt":0}
)"),
            R"(unknown finish reason "eos"
  where: r.jsonl: line 1
  help:  use stop, length, refused or cancelled
syntax error: unexpected '}'; expected '[', '{', or a literal
  where: r.jsonl: line 2, column 35
attempt 0 of problem "a" occurs twice
  where: r.jsonl: line 3
  help:  it was first at r.jsonl: line 1
unknown key "atempt"
  where: r.jsonl: line 4
  help:  did you mean "attempt"?
"attempt" is missing
  where: r.jsonl: line 4
  help:  attempts of a problem count from 0
"text" should be a text, but is 7
  where: r.jsonl: line 5
neither "text" nor "files" is there
  where: r.jsonl: line 6
  help:  an attempt in which the model wrote nothing has "text": "")");
}

TEST_F(OwnRecording, NamesLineAndColumnOfBadJson) {
  EXPECT_THAT(faults("{\"problem\":\"a\",\"attempt\":0,\"text\":\"x\"}\n{\"problem\": }\n"),
              HasSubstr("r.jsonl: line 2, column 13"));
}

TEST_F(OwnRecording, NamesLineAndColumnOfBytesThatAreNotUtf8) {
  EXPECT_THAT(faults("{\"problem\":\"a\",\"attempt\":0,\"text\":\"x\"}\n{\"a\":\"\xff\"}\n"),
              HasSubstr("the line is not UTF-8\n  where: r.jsonl: line 2, column 7"));
}

TEST_F(OwnRecording, ReportsAGapInTheAttempts) {
  EXPECT_THAT(faults("{\"problem\":\"a\",\"attempt\":0,\"text\":\"x\"}\n"
                     "{\"problem\":\"a\",\"attempt\":2,\"text\":\"x\"}\n"),
              HasSubstr("problem \"a\" has attempt 2 but no attempt 1\n  where: r.jsonl: line 2"));
}

TEST_F(OwnRecording, GathersTheTurnsOfAnAttemptInAnyOrder) {
  Generation look;
  look.text = "look";
  Generation mend;
  mend.text = "mend";
  const std::string lines = recording_line("s/a", 0, mend, 1) + "\n" +
                            recording_line("s/a", 1, look) + "\n" +
                            recording_line("s/a", 0, look, 0) + "\n";
  EXPECT_EQ(read_well(lines), (Recording{{"s/a", {{look, mend}, {look}}}}));
}

TEST_F(OwnRecording, ReportsGapsAndRepetitionsOfTurns) {
  const std::string text = faults(R"({"problem":"a","attempt":0,"text":"x"}
{"problem":"a","attempt":0,"turn":2,"text":"x"}
{"problem":"a","attempt":1,"turn":1,"text":"x"}
{"problem":"b","attempt":0,"turn":0,"text":"x"}
{"problem":"b","attempt":0,"text":"x"}
{"problem":"b","attempt":0,"turn":1000000,"text":"x"}
)");
  EXPECT_THAT(text, HasSubstr("problem \"a\" has attempt 0, turn 2 but no attempt 0, turn 1\n  "
                              "where: r.jsonl: line 2"));
  EXPECT_THAT(text, HasSubstr("problem \"a\" has attempt 1, turn 1 but no attempt 1, turn 0"));
  EXPECT_THAT(text, HasSubstr("attempt 0 of problem \"b\" occurs twice"));
  EXPECT_THAT(text, HasSubstr("turn 1000000 is beyond the limit of 1000000"));
}

TEST_F(OwnRecording, RefusesFilesOutsideTheFolder) {
  EXPECT_THAT(faults(R"({"problem":"a","attempt":0,"files":[{"name":"../x","content":""}]})"),
              HasSubstr("the file name \"../x\" leaves the submission's folder"));
}

TEST_F(OwnRecording, ShowsTwentyFaultsAndCountsTheRest) {
  std::string lines = "{\"problem\":\"a\",\"attempt\":0,\"text\":\"x\"}\n";
  for (int i = 0; i < 30; ++i) lines += "[]\n";
  const auto recording = read(lines);
  ASSERT_FALSE(recording);
  ASSERT_THAT(recording.error().also, SizeIs(20));
  EXPECT_EQ(recording.error().also.back().what, "10 more faults are not shown");
}

TEST_F(RecordingFile, RefusesWhatIsNoRecording) {
  EXPECT_THAT(faults(""), HasSubstr("the recording is empty"));
  EXPECT_THAT(faults("[]"), HasSubstr("no recording of a known format"));
  EXPECT_THAT(faults("{\"a\": 1}"), HasSubstr("no recording of a known format"));
  EXPECT_THAT(faults("hello\n"), HasSubstr("r.jsonl: line 1, column 1"));
}

TEST_F(RecordingFile, SaysThatAMissingFileIsMissing) {
  const auto recording = read_recording(dir_->path() / "none.jsonl");
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, ErrorCode::NotFound);
}

TEST_F(LiveCodeBenchOutput, TakesTheModelsTextsAsAttempts) {
  const Recording recording = read_well(
      R"([{"question_id":"1883_B","output_list":["a","b"],"code_list":["x","y"],"pass@1":0.5}])");
  ASSERT_THAT(recording.at("1883_B"), SizeIs(2));
  EXPECT_EQ(recording.at("1883_B")[1][0].text, "b");
  EXPECT_THAT(recording.at("1883_B")[1][0].files, SizeIs(0));
}

TEST_F(LiveCodeBenchOutput, TakesTheCodeWhereThereAreNoTexts) {
  const Recording recording = read_well(R"j([{"question_id":"q","code_list":["print(1)",""]}])j");
  const std::vector<RecordedAttempt>& attempts = recording.at("q");
  EXPECT_THAT(attempts[0][0].files, ElementsAre(RecordedFile{"solution.py", "print(1)"}));
  EXPECT_EQ(attempts[0][0].language, "python3");
  EXPECT_THAT(attempts[1][0].files, SizeIs(0));
}

// Written and read by NVIDIA's fork of the evaluator.
TEST_F(LiveCodeBenchOutput, TakesTheCodeOfGradedEntriesByQuestion) {
  const Recording recording = read_well(
      R"j({"date": "2026-03-12 10:00", "pass@1": 0.5, "detail_pass@1": {"easy": 0.5}, "eval": {
  "q": {"question_id": "q", "output_list": ["print(1)", ""], "code_list": ["print(1)", ""],
    "language": "python", "graded_list": [true, false], "metadata": ["{}", "{}"]}}})j");
  const std::vector<RecordedAttempt>& attempts = recording.at("q");
  EXPECT_THAT(attempts[0][0].files, ElementsAre(RecordedFile{"solution.py", "print(1)"}));
  EXPECT_EQ(attempts[0][0].text, "");
  EXPECT_THAT(attempts[1][0].files, SizeIs(0));
}

TEST_F(LiveCodeBenchOutput, RefusesGradedEntriesOfAnotherLanguage) {
  const std::string text = faults(
      R"({"eval": {"q": {"code_list": ["int f();"], "language": "cpp"}, "r": [], "s": {"code_list": ["x"]}}})");
  EXPECT_THAT(text, HasSubstr("the programs are not Python\n  where: r.jsonl: \"q\""));
  EXPECT_THAT(text, HasSubstr("the entry is no JSON object\n  where: r.jsonl: \"r\""));
  EXPECT_THAT(text, testing::Not(HasSubstr("\"s\"")));
}

TEST_F(LiveCodeBenchOutput, TakesTheNameOfATaskForThatOfAQuestion) {
  const Recording recording = read_well(
      "{\"task_id\":\"q\",\"completion\":\"x\",\"code_list\":[\"x\"]}\n"
      "{\"task_id\":\"other\",\"question_id\":\"r\",\"code_list\":[\"y\"]}\n");
  EXPECT_THAT(recording.at("q")[0][0].files, ElementsAre(RecordedFile{"solution.py", "x"}));
  EXPECT_THAT(recording.at("r")[0][0].files, ElementsAre(RecordedFile{"solution.py", "y"}));
}

TEST_F(LiveCodeBenchOutput, ReportsItsFaultsByEntry) {
  const std::string text =
      faults(R"([{"question_id":"q","output_list":["a"]},{"question_id":"q","output_list":["a"]},)"
             R"({"output_list":["a"]},{"question_id":"r","output_list":[1]}])");
  EXPECT_THAT(text, HasSubstr("question \"q\" occurs twice\n  where: r.jsonl: entry 2"));
  EXPECT_THAT(text, HasSubstr("\"question_id\" is missing\n  where: r.jsonl: entry 3"));
  EXPECT_THAT(text,
              HasSubstr("\"output_list\" should be a list of texts\n  where: r.jsonl: entry 4"));
}

TEST_F(LiveCodeBenchOutput, RefusesListsOfDifferentLengthsOfOneQuestion) {
  const std::string text =
      faults(R"([{"question_id":"q","output_list":["a"],"code_list":["x","y"]},)"
             R"({"question_id":"r","output_list":["a"],"pred_list":["x"]}])");
  EXPECT_THAT(text, HasSubstr("question \"q\" has 1 elements in \"output_list\" and 2 in "
                              "\"code_list\"\n  where: r.jsonl: entry 1"));
  EXPECT_THAT(text, testing::Not(HasSubstr("entry 2")));
}

const Recording& expected_predictions() {
  static const Recording recording = [] {
    Generation patch;
    patch.model = "m";
    patch.files = {{"patch.diff", "--- a\n"}};
    Generation none;
    none.model = "m";
    return Recording{{"django__django-1", {{patch}}}, {"django__django-2", {{none}}}};
  }();
  return recording;
}

TEST_F(SweBenchPredictions, ReadsJsonLines) {
  EXPECT_EQ(
      read_well(
          R"({"instance_id":"django__django-1","model_name_or_path":"m","model_patch":"--- a\n"}
{"instance_id":"django__django-2","model_name_or_path":"m","model_patch":null}
)"),
      expected_predictions());
}

TEST_F(SweBenchPredictions, ReadsAList) {
  EXPECT_EQ(read_well(R"([
{"instance_id":"django__django-1","model_name_or_path":"m","model_patch":"--- a\n"},
{"instance_id":"django__django-2","model_name_or_path":"m","model_patch":""}
])"),
            expected_predictions());
}

TEST_F(SweBenchPredictions, ReadsAnObjectKeyedByInstance) {
  EXPECT_EQ(read_well(R"({
  "django__django-1": {"model_name_or_path":"m","model_patch":"--- a\n"},
  "django__django-2": {"instance_id":"django__django-2","model_name_or_path":"m","model_patch":""}
})"),
            expected_predictions());
}

TEST_F(SweBenchPredictions, LetsTheLastPredictionOfAnInstanceCount) {
  const Recording recording = read_well(R"({"instance_id":"a","model_patch":""}
{"instance_id":"a","model_patch":"--- b\n"}
)");
  ASSERT_THAT(recording.at("a"), SizeIs(1));
  EXPECT_THAT(recording.at("a")[0][0].files, ElementsAre(RecordedFile{"patch.diff", "--- b\n"}));
}

Generation with_text(std::string text) {
  Generation generation;
  generation.text = std::move(text);
  return generation;
}

std::unique_ptr<Runner> replay() {
  return make_replay_runner({{"quickstart/a", {{with_text("a0")}, {with_text("a1")}}},
                             {"b", {{with_text("b0"), with_text("b0, turn 1")}}},
                             {"x/c", {{with_text("xc")}}},
                             {"y/c", {{with_text("yc")}}}},
                            "replay of r.jsonl");
}

TEST(ReplayRunner, GivesTheRecordedAttempts) {
  const auto runner = replay();
  EXPECT_EQ(runner->generate(ask("quickstart/a", 1), {})->text, "a1");
  EXPECT_EQ(runner->attempts_available("quickstart/a"), 2);
  EXPECT_EQ(runner->description(), "replay of r.jsonl");
}

TEST(ReplayRunner, FindsAProblemByTheLastPartOfItsId) {
  const auto runner = replay();
  EXPECT_EQ(runner->generate(ask("suite/b", 0), {})->text, "b0");
  EXPECT_EQ(runner->generate(ask("other/a", 0), {})->text, "a0");
  EXPECT_EQ(runner->attempts_available("suite/b"), 1);
}

TEST(ReplayRunner, RefusesAnEndingThatSeveralProblemsShare) {
  const auto runner = replay();
  EXPECT_EQ(runner->generate(ask("x/c", 0), {})->text, "xc");
  const auto generation = runner->generate(ask("z/c", 0), {});
  ASSERT_FALSE(generation);
  EXPECT_EQ(generation.error().code, ErrorCode::NotFound);
  EXPECT_THAT(generation.error().help, HasSubstr("\"x/c\" and \"y/c\""));
}

TEST(ReplayRunner, TellsWhatItHasForOtherProblems) {
  Recording recording;
  for (const std::string id : {"a", "suite/b", "other/c", "d"}) recording[id].emplace_back(1);
  const auto runner = make_replay_runner(std::move(recording), "replay");
  EXPECT_THAT(runner->recorded_beside({"suite/a", "suite/b", "suite/c", "suite/e"}),
              ElementsAre("d"));
  EXPECT_THAT(runner->recorded_beside({}), SizeIs(4));
}

TEST(ReplayRunner, HasNoMoreAttemptsThanWereRecorded) {
  const auto generation = replay()->generate(ask("quickstart/a", 2), {});
  ASSERT_FALSE(generation);
  EXPECT_EQ(generation.error().code, ErrorCode::NotFound);
  EXPECT_EQ(replay()->attempts_available("none"), 0);
}

TEST(ReplayRunner, GivesTheTurnsThatWereRecorded) {
  GenerationRequest later = ask("b", 0);
  later.turn = 1;
  EXPECT_EQ(replay()->generate(later, {})->text, "b0, turn 1");
  later.turn = 2;
  const auto none = replay()->generate(later, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::NotFound);
  EXPECT_THAT(none.error().what, HasSubstr("has 2 turns of attempt 0"));
}

TEST(ReplayRunner, StopsWhenAskedTo) {
  std::stop_source source;
  source.request_stop();
  EXPECT_EQ(replay()->generate(ask("b", 0), source.get_token()).error().code, ErrorCode::Cancelled);
}

}  // namespace
}  // namespace eval::runners
