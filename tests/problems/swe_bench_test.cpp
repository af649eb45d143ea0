#include "problems/swe_bench.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "problems/suite.h"

namespace eval::problems {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json row() {
  return {{"instance_id", "Owner__name-12"},
          {"repo", "Owner/name"},
          {"base_commit", "abc"},
          {"patch", "diff"},
          {"test_patch", "diff --git a/t.py b/t.py\n"},
          {"problem_statement", "It breaks."},
          {"version", "1.2"},
          {"FAIL_TO_PASS", R"(["t.py::a"])"},
          {"PASS_TO_PASS", {"t.py::b"}}};
}

Problem read(const Json& json) {
  auto problem = read_swe_bench_row(json, "row");
  EXPECT_TRUE(problem) << (problem ? "" : describe(problem.error()));
  return problem.value_or(Problem{});
}

const PatchTask& task_of(const Problem& problem) {
  return std::get<PatchTask>(problem.task);
}

TEST(SweBench, ReadsARowWithListsInEitherForm) {
  const Problem problem = read(row());
  EXPECT_EQ(problem.id, "swe-bench/Owner__name-12");
  EXPECT_EQ(problem.statement, "It breaks.");
  EXPECT_EQ(swe_bench_instance(problem.source), "Owner__name-12");
  EXPECT_THAT(task_of(problem).fail_to_pass, ElementsAre("t.py::a"));
  EXPECT_THAT(task_of(problem).pass_to_pass, ElementsAre("t.py::b"));
  EXPECT_EQ(task_of(problem).image, "swebench/sweb.eval.x86_64.owner_1776_name-12:latest");
  EXPECT_EQ(task_of(problem).reference_patch, "diff");
}

TEST(SweBench, ReadsListsAsPythonWritesThem) {
  EXPECT_THAT(read_text_list(Json(R"(['a', "it's", 'x\'y\n', '\xe9\u2714'])")).value(),
              ElementsAre("a", "it's", "x'y\n", "\xC3\xA9\xE2\x9C\x94"));
  EXPECT_THAT(read_text_list(Json("[]")).value(), IsEmpty());
  EXPECT_THAT(read_text_list(Json("")).value(), IsEmpty());
  for (const char* text : {"['a'", "['a' 'b']", "[a]", "['\\q']", "['a'] x", "{}"}) {
    EXPECT_FALSE(read_text_list(Json(text))) << text;
  }
}

TEST(SweBench, TakesWhatVersion5Adds) {
  Json json = row();
  json["image"] = "registry/x:1";
  json["eval_script"] = "#!/bin/bash\n";
  json["log_parser"] = "parse_log_pytest";
  json["eval_type"] = "fail_only";
  const Problem problem = read(json);
  EXPECT_EQ(task_of(problem).image, "registry/x:1");
  EXPECT_EQ(task_of(problem).eval_script, "#!/bin/bash\n");
  EXPECT_EQ(task_of(problem).log_parser, "parse_log_pytest");
  EXPECT_EQ(task_of(problem).eval_type, "fail_only");
}

TEST(SweBench, TakesTheCommandsOfSweRebench) {
  Json json = row();
  json["docker_image"] = "swerebench/x";
  json["install_config"] = R"({"python": "3.9", "install": "pip install -e .",
      "pre_install": null, "test_cmd": "pytest -rA", "log_parser": "parse_log_pytest"})";
  const PatchTask task = task_of(read(json));
  EXPECT_EQ(task.image, "swerebench/x");
  EXPECT_EQ(task.commands.python, "3.9");
  EXPECT_THAT(task.commands.install, ElementsAre("pip install -e ."));
  EXPECT_THAT(task.commands.pre_install, IsEmpty());
  EXPECT_THAT(task.commands.test, ElementsAre("pytest -rA"));
  EXPECT_EQ(task.log_parser, "parse_log_pytest");
}

TEST(SweBench, TakesRowsOfPro) {
  Json json = row();
  json.erase("FAIL_TO_PASS");
  json["fail_to_pass"] = "['a | b', 'c']";
  json["dockerhub_tag"] = "owner.name-tag";
  json["requirements"] = "- Keep it.";
  json["interface"] = "None";
  json["before_repo_set_cmd"] = "git checkout abc -- t.py";
  json["selected_test_files_to_run"] = "['t.py']";
  const Problem problem = read(json);
  EXPECT_THAT(task_of(problem).fail_to_pass, ElementsAre("a | b", "c"));
  EXPECT_EQ(task_of(problem).image, "jefzda/sweap-images:owner.name-tag");
  EXPECT_THAT(task_of(problem).selected_tests, ElementsAre("t.py"));
  EXPECT_EQ(problem.statement,
            "It breaks.\n\nRequirements:\n- Keep it.\n\nNew interfaces introduced:\nNone");
}

TEST(SweBench, NamesEveryFaultOfARow) {
  Json json = row();
  json.erase("repo");
  json["FAIL_TO_PASS"] = "[1]";
  json["version"] = Json::array();
  const auto problem = read_swe_bench_row(json, "x.jsonl: line 3");
  ASSERT_FALSE(problem);
  EXPECT_EQ(problem.error().also.size(), 2U);
  EXPECT_THAT(describe(problem.error()), HasSubstr("\"repo\" is missing"));
}

TEST(SweBench, HashesWhatDecidesAVerdict) {
  Json json = row();
  const std::string before = read(json).content_hash;
  json["hints_text"] = "other";
  EXPECT_EQ(read(json).content_hash, before);
  json["PASS_TO_PASS"] = {"t.py::c"};
  EXPECT_NE(read(json).content_hash, before);
}

TEST(SweBench, LoadsLinesListsAndObjects) {
  const TempDir folder = TempDir::create("swe-bench").value();
  Json second = row();
  second["instance_id"] = "Owner__name-13";
  const std::string lines = to_json_line(row()) + "\n\n" + to_json_line(second) + "\n";
  ASSERT_TRUE(write_file(folder.path() / "lines.jsonl", lines));
  ASSERT_TRUE(write_file(folder.path() / "list.json", to_json_text(Json::array({row(), second}))));
  Json keyed = {{"Owner__name-12", row()}, {"Owner__name-13", second}};
  keyed["Owner__name-13"].erase("instance_id");
  ASSERT_TRUE(write_file(folder.path() / "object.json", to_json_text(keyed)));
  for (const char* name : {"lines.jsonl", "list.json", "object.json"}) {
    SCOPED_TRACE(name);
    const auto suite = load_suite((folder.path() / name).string(), {});
    ASSERT_TRUE(suite) << describe(suite.error());
    ASSERT_EQ(suite->problems.size(), 2U);
    EXPECT_EQ(suite->problems[1].slug, "Owner__name-13");
    EXPECT_THAT(suite->refused, IsEmpty());
  }
}

TEST(SweBench, RefusesBrokenRowsAndKeepsTheRest) {
  const TempDir folder = TempDir::create("swe-bench").value();
  const std::string lines =
      to_json_line(row()) + "\n{\n" + to_json_line(row()) + "\n{\"instance_id\": \"x\"}\n";
  ASSERT_TRUE(write_file(folder.path() / "instances.jsonl", lines));
  const auto suite = load_swe_bench(folder.path());
  ASSERT_TRUE(suite) << describe(suite.error());
  EXPECT_EQ(suite->problems.size(), 1U);
  ASSERT_EQ(suite->refused.size(), 3U);
  EXPECT_EQ(suite->refused[1].reason.what, "two rows have this instance id");
  EXPECT_EQ(suite->refused[2].id, "swe-bench/x");
}

TEST(SweBench, TakesNoPredictionsForInstances) {
  const TempDir folder = TempDir::create("swe-bench").value();
  const fs::path file = folder.path() / "predictions.jsonl";
  ASSERT_TRUE(write_file(file, R"({"instance_id": "a", "model_patch": ""})"));
  EXPECT_FALSE(is_swe_bench(file));
  EXPECT_FALSE(is_swe_bench(folder.path()));
}

}  // namespace
}  // namespace eval::problems
