#include "evaluator/replay_source.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/files.h"

namespace eval::evaluator {
namespace {

using Kind = ModelSpec::Kind;

class ReplaySource : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("replay");
    ASSERT_TRUE(folder);
    folder_.emplace(*std::move(folder));
    suite_.name = "demo";
    suite_.directory = folder_->path();
  }

  fs::path file(const std::string& name, std::string_view content) {
    const fs::path path = folder_->path() / name;
    EXPECT_TRUE(write_file(path, content));
    return path;
  }

  problems::ReferenceSubmission reference(const std::string& name, std::vector<fs::path> files) {
    problems::ReferenceSubmission submission;
    submission.name = name;
    submission.files = std::move(files);
    return submission;
  }

  void add_problem(const std::string& id, std::vector<problems::ReferenceSubmission> submissions) {
    problems::Problem problem;
    problem.id = id;
    problems::ProgramTask task;
    task.reference_submissions = std::move(submissions);
    problem.task = std::move(task);
    suite_.problems.push_back(problem);
  }

  Result<std::unique_ptr<runners::Runner>> make(const std::string& model,
                                                const std::string& base_url = "") {
    RunSettings settings;
    settings.model = model;
    settings.base_url = base_url;
    return make_runner(settings, suite_, {}, "secret");
  }

  std::optional<TempDir> folder_;
  problems::Suite suite_;
};

TEST(ParseModel, ReadsEveryForm) {
  EXPECT_EQ(parse_model("replay:a/b.jsonl"), (ModelSpec{Kind::ReplayFile, "a/b.jsonl"}));
  EXPECT_EQ(parse_model("replay:submissions"), (ModelSpec{Kind::ReplaySubmissions, ""}));
  EXPECT_EQ(parse_model("replay:recorded"), (ModelSpec{Kind::ReplayRecorded, ""}));
  EXPECT_EQ(parse_model("replay:quickstart"), (ModelSpec{Kind::ReplayRecorded, ""}));
  EXPECT_EQ(parse_model("http:org/model:7b"), (ModelSpec{Kind::Http, "org/model:7b"}));
  EXPECT_EQ(parse_model("local:dir"), (ModelSpec{Kind::Local, "dir"}));
  EXPECT_EQ(parse_model("/tmp"), (ModelSpec{Kind::Local, "/tmp"}));
}

TEST(ParseModel, OffersTheClosestKind) {
  const auto spec = parse_model("htpp:model");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error().code, ErrorCode::Usage);
  EXPECT_EQ(spec.error().help, "did you mean \"http:...\"?");
}

TEST(ParseModel, RefusesFormsThatNameNothing) {
  for (const std::string text : {"", " ", "replay", "replay:", "http:", "http://host/v1", "gpt"}) {
    const auto spec = parse_model(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().code, ErrorCode::Usage) << text;
    EXPECT_FALSE(spec.error().help.empty()) << text;
  }
}

TEST_F(ReplaySource, TurnsReferenceSubmissionsIntoGenerationsInPackageOrder) {
  auto two =
      reference("accepted/two", {file("aid.py", "x = 1\n"), file("start.py", "import aid\n")});
  two.language = "python3";
  two.entry_point = "start.py";
  add_problem("demo/a",
              {reference("wrong_answer/bad.cpp", {file("bad.cpp", "int main() {}\n")}), two});
  const auto recording = submissions_recording(suite_);
  ASSERT_TRUE(recording) << describe(recording.error());
  const auto& attempts = recording->at("demo/a");
  ASSERT_EQ(attempts.size(), 2u);
  ASSERT_TRUE(attempts[0].size() == 1 && attempts[1].size() == 1);
  const runners::Generation& one = attempts[0][0];
  const runners::Generation& other = attempts[1][0];
  EXPECT_NE(one.text.find("wrong_answer/bad.cpp"), std::string::npos);
  EXPECT_EQ(one.files, (std::vector<runners::RecordedFile>{{"bad.cpp", "int main() {}\n"}}));
  EXPECT_EQ(one.language, std::nullopt);
  EXPECT_EQ(other.language, "python3");
  EXPECT_EQ(other.files, (std::vector<runners::RecordedFile>{{"start.py", "import aid\n"},
                                                             {"aid.py", "x = 1\n"}}));
}

TEST_F(ReplaySource, ReportsEverySubmissionThatCannotBeRead) {
  add_problem("demo/a", {reference("accepted/x.py", {"/nowhere/x.py"}),
                         reference("accepted/y.py", {"/nowhere/y.py"})});
  const auto recording = submissions_recording(suite_);
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().also.size(), 1u);
  EXPECT_NE(recording.error().where.find("problem demo/a"), std::string::npos);
}

TEST_F(ReplaySource, PlaysReferenceSubmissions) {
  add_problem("demo/a", {reference("accepted/a.py", {file("a.py", "print(1)\n")})});
  const auto runner = make("replay:submissions");
  ASSERT_TRUE(runner) << describe(runner.error());
  EXPECT_EQ((*runner)->attempts_available("demo/a"), 1);
  const auto generation = (*runner)->generate({"demo/a", 0, 0, {}, {}}, {});
  ASSERT_TRUE(generation);
  EXPECT_EQ(generation->files.at(0).name, "a.py");
}

TEST_F(ReplaySource, RefusesASuiteWithoutReferenceSubmissions) {
  add_problem("demo/a", {});
  EXPECT_EQ(make("replay:submissions").error().code, ErrorCode::BadInput);
}

TEST_F(ReplaySource, PlaysTheRecordingBesideTheSuite) {
  runners::Generation generation;
  generation.text = "```python\nprint(1)\n```";
  file("replies.jsonl", runners::recording_line("demo/a", 0, generation) + "\n");
  const auto runner = make("replay:recorded");
  ASSERT_TRUE(runner) << describe(runner.error());
  EXPECT_EQ((*runner)->attempts_available("demo/a"), 1);
}

TEST_F(ReplaySource, SaysThatASuiteHasNoRecording) {
  const auto runner = make("replay:quickstart");
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::NotFound);
  EXPECT_EQ(runner.error().what, "suite \"demo\" comes without recorded replies");
}

TEST_F(ReplaySource, OffersTheKnownWordForAMissingFile) {
  const auto runner = make("replay:submision");
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::NotFound);
  EXPECT_EQ(runner.error().help, "did you mean \"replay:submissions\"?");
}

TEST_F(ReplaySource, AsksForTheBaseUrlOfAServer) {
  const auto runner = make("http:m");
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::Usage);
  EXPECT_NE(runner.error().help.find("--base-url"), std::string::npos);
}

TEST_F(ReplaySource, MakesAnHttpRunnerThatDoesNotShowItsKey) {
  const auto runner = make("http:m", "http://127.0.0.1:9/v1");
  ASSERT_TRUE(runner) << describe(runner.error());
  EXPECT_EQ((*runner)->attempts_available("demo/a"), std::nullopt);
  EXPECT_EQ((*runner)->description().find("secret"), std::string::npos);
}

TEST_F(ReplaySource, SaysWhichCheckpointIsNotThere) {
  const auto runner = make("local:checkpoint");
  ASSERT_FALSE(runner);
  EXPECT_EQ(runner.error().code, ErrorCode::NotFound);
  EXPECT_NE(describe(runner.error()).find("checkpoint"), std::string::npos);
}

}  // namespace
}  // namespace eval::evaluator
