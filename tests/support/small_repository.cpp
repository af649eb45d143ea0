#include "tests/support/small_repository.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/subprocess.h"
#include "base/text.h"
#include "sandbox/linux_sandbox.h"

namespace eval::testing {
namespace {

constexpr const char* kWrong =
    "def total(numbers):\n    result = 0\n    for number in numbers[1:]:\n        result += "
    "number\n    return result\n\n\ndef count(numbers):\n    return len(numbers)\n";
constexpr const char* kRight =
    "def total(numbers):\n    result = 0\n    for number in numbers:\n        result += number\n   "
    " return result\n\n\ndef count(numbers):\n    return len(numbers)\n";
constexpr const char* kTests =
    "from sums import count\n\n\ndef test_count():\n    assert count([1, 2]) == 2\n";
constexpr const char* kMoreTests =
    "from sums import count, total\n\n\ndef test_count():\n    assert count([1, 2]) == 2\n\n\ndef "
    "test_total():\n    assert total([1, 2]) == 3\n";

struct Git {
  fs::path folder;
  std::string failure;

  std::string run(std::vector<std::string> words) {
    ToolCommand command;
    command.argv = {
        "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.working_directory = folder;
    const auto result = run_tool(command);
    if (!result) {
      failure = describe(result.error());
    } else if (result->exit_code != 0) {
      failure = result->standard_error;
    }
    return result ? result->standard_output : std::string();
  }
};

}  // namespace

Result<std::unique_ptr<sandbox::Sandbox>> make_box() {
  return sandbox::create_linux_sandbox({.boxes = 1, .pin = false});
}

SmallRepository::SmallRepository(const fs::path& folder) : folder_(folder) {
  const fs::path tree = folder / "sums";
  fs::create_directories(tree / "src");
  fs::create_directories(tree / "tests");
  Git git{tree, ""};
  const auto write = [&](const std::string& name, const std::string& text) {
    const auto written = write_file(tree / name, text);
    if (!written) why_not_ = describe(written.error());
  };
  git.run({"init", "-q", "-b", "main"});
  write("src/sums.py", kWrong);
  write("tests/test_sums.py", kTests);
  git.run({"add", "-A"});
  git.run({"commit", "-q", "-m", "base"});
  const std::string base(trim(git.run({"rev-parse", "HEAD"})));
  write("src/sums.py", kRight);
  fix_ = git.run({"diff", "--", "src"});
  write("tests/test_sums.py", kMoreTests);
  const std::string tests = git.run({"diff", "--", "tests"});
  git.run({"commit", "-q", "-a", "-m", "the fix"});
  if (why_not_.empty()) why_not_ = git.failure;
  const auto pytest = run_tool(
      {.argv = {"/usr/bin/python3", "-c", "import pytest"}, .timeout = std::chrono::minutes(2)});
  if (!pytest || pytest->exit_code != 0) why_not_ = "python3-pytest is not installed";
  const auto index =
      write_file(folder / "environments.json",
                 R"({"version": 1, "environments": {"own__sums-1": {"repository": "sums",
          "environment": {"PYTHONPATH": "/testbed/src:/testbed", "PYTHONDONTWRITEBYTECODE": "1"},
          "test": ["/usr/bin/python3 -m pytest -rA -p no:cacheprovider tests/test_sums.py"]}}})");
  if (!index) why_not_ = describe(index.error());

  problems::PatchTask task;
  task.instance_id = "own__sums-1";
  task.repository = "own/sums";
  task.base_commit = base;
  task.version = "1";
  task.test_patch = tests;
  task.reference_patch = fix_;
  task.log_parser = "parse_log_pytest";
  task.fail_to_pass = {"tests/test_sums.py::test_total"};
  task.pass_to_pass = {"tests/test_sums.py::test_count"};
  problem_.id = "swe-bench/own__sums-1";
  problem_.suite = "swe-bench";
  problem_.slug = "own__sums-1";
  problem_.statement = "total([1, 2]) gives 2. It should give 3.";
  problem_.content_hash = "own-sums-1";
  problem_.task = std::move(task);
}

std::string SmallRepository::wrong() {
  return kWrong;
}

std::string SmallRepository::patch_to(const std::string& content) {
  const auto before = split_lines(kWrong);
  const auto after = split_lines(content);
  std::string diff = fmt::format(
      "diff --git a/src/sums.py b/src/sums.py\n--- a/src/sums.py\n+++ b/src/sums.py\n"
      "@@ -1,{} +1,{} @@\n",
      before.size(), after.size());
  for (const std::string_view line : before) diff += fmt::format("-{}\n", line);
  for (const std::string_view line : after) diff += fmt::format("+{}\n", line);
  return diff;
}

Json SmallRepository::row() const {
  const auto& task = std::get<problems::PatchTask>(problem_.task);
  return {{"instance_id", task.instance_id},         {"repo", task.repository},
          {"base_commit", task.base_commit},         {"version", task.version},
          {"problem_statement", problem_.statement}, {"patch", task.reference_patch},
          {"test_patch", task.test_patch},           {"log_parser", task.log_parser},
          {"FAIL_TO_PASS", task.fail_to_pass},       {"PASS_TO_PASS", task.pass_to_pass}};
}

}  // namespace eval::testing
