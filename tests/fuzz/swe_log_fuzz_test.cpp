// What a test prints is written by whom it judges: every parser takes any bytes, in linear time.
#include <gtest/gtest.h>

#include <ctime>
#include <string>

#include "base/random.h"
#include "judges/swe/grade.h"
#include "judges/swe/test_report.h"
#include "problems/swe_bench.h"

namespace eval::judges::swe {
namespace {

constexpr std::string_view kPieces[] = {"PASSED ",
                                        "FAILED",
                                        "ERROR",
                                        "SKIPPED [1]",
                                        " ... ok",
                                        " ... ",
                                        "ok\n",
                                        "FAIL:",
                                        "test_a",
                                        " - ",
                                        "[31m",
                                        "\x1b[1;",
                                        "--- PASS: ",
                                        "(0s)",
                                        " (",
                                        ")",
                                        "test ",
                                        "-Dtest=",
                                        "BUILD SUCCESS",
                                        "[junit] ",
                                        "> ",
                                        "[ok]: ",
                                        "<doctest",
                                        "</doctest>",
                                        "✓",
                                        "✖",
                                        "○",
                                        "  1) ",
                                        "Error",
                                        "Starting browser",
                                        "Chrome ",
                                        "12 passing",
                                        "\n",
                                        "\n",
                                        "\n",
                                        "\r",
                                        " ",
                                        "  ",
                                        "\xff",
                                        "\xc3",
                                        ".py:",
                                        "_____",
                                        "=",
                                        ". ",
                                        ".F",
                                        ": E",
                                        "[",
                                        "]",
                                        ">>>>> Start Test Output",
                                        ">>>>> End Test Output",
                                        ">>>>> Applied Patch (pred)",
                                        ">>>>> Test Exit Code: 1",
                                        "Testing against Django installed in ",
                                        " silenced).\nok"};

std::string random_log(SplitMix64& random) {
  std::string log;
  for (std::uint64_t i = random.below(60); i > 0; --i) {
    log += kPieces[random.below(std::size(kPieces))];
  }
  for (std::uint64_t i = random.below(4); i > 0 && !log.empty(); --i) {
    log[random.below(log.size())] = static_cast<char>(random.below(256));
  }
  return log;
}

problems::PatchTask task_with(const std::string& parser) {
  problems::PatchTask task;
  task.instance_id = "jekyll__jekyll-9141";
  task.repository = "a/b";
  task.log_parser = parser;
  task.fail_to_pass = {"test_a", "test_a["};
  return task;
}

TEST(SweLogFuzz, EveryParserTakesEveryLog) {
  SplitMix64 random(20261128);
  const auto parsers = log_parser_names();
  for (int round = 0; round < 6'000; ++round) {
    SCOPED_TRACE(round);
    const problems::PatchTask task = task_with(parsers[random.below(parsers.size())]);
    const std::string log = random_log(random);
    const Harness harness = random.below(2) == 0 ? Harness::V4 : Harness::V5;
    const auto result = grade(task, spec_of(task).value(), {.log = log}, harness);
    ASSERT_TRUE(result);
    const std::size_t listed =
        result->fail_to_pass.success.size() + result->fail_to_pass.failure.size();
    ASSERT_LE(listed, task.fail_to_pass.size());
    ASSERT_TRUE(!result->resolved() || result->fail_to_pass.failure.empty());
  }
}

// Pieces that make a careless parser look back or ahead over all that is there, a line at a time.
TEST(SweLogFuzz, NoParserTakesMoreThanLinearTime) {
  const std::clock_t start = std::clock();
  for (const std::string_view piece : kPieces) {
    std::string log = "Starting browser\n  1) ";
    while (log.size() < 60'000) log += piece;
    for (const std::string& parser : log_parser_names()) {
      ASSERT_NO_FATAL_FAILURE(static_cast<void>(parse_log(parser, log + " (x)", {})));
    }
  }
  // Of processor time all of them together take about two seconds; a quadratic one takes minutes.
  EXPECT_LT((std::clock() - start) / CLOCKS_PER_SEC, 60);
}

TEST(SweLogFuzz, RowsAndReportsAreReadOrRefused) {
  SplitMix64 random(7);
  constexpr std::string_view kParts[] = {"{",
                                         "}",
                                         "[",
                                         "]",
                                         "\"instance_id\":",
                                         "\"a\"",
                                         ",",
                                         ":",
                                         "\"FAIL_TO_PASS\":",
                                         "\"['a']\"",
                                         "null",
                                         "1",
                                         "'",
                                         "\\",
                                         "<testsuite>",
                                         "<testcase name=\"a\"/>",
                                         "</testsuite>"};
  for (int round = 0; round < 4'000; ++round) {
    std::string text;
    for (std::uint64_t i = random.below(14); i > 0; --i) {
      text += kParts[random.below(std::size(kParts))];
    }
    const auto json = parse_json(text, "row");
    // No text of these pieces has all that a row needs.
    ASSERT_FALSE(json && problems::read_swe_bench_row(*json, "row"));
    static_cast<void>(problems::read_text_list(Json(text)));
    static_cast<void>(read_junit(text, {}, "r"));
    static_cast<void>(patched_files(text));
  }
}

}  // namespace
}  // namespace eval::judges::swe
