#include "reports/reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "base/text.h"
#include "reports/figures.h"
#include "reports/sample_model.h"
#include "reports/text_width.h"

namespace eval::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

ReportModel with_reply(std::string reply) {
  ReportModel model = testing::sample_model();
  model.problems.resize(1);
  model.problems[0].attempts.resize(1);
  model.problems[0].attempts[0].reply = std::move(reply);
  return model;
}

TEST(Terminal, KeepsWithinItsWidth) {
  for (const int width : {60, 80, 100, 140}) {
    const std::string text = to_terminal(testing::hostile_model(), {.width = width});
    // A word that is longer than the line stays whole: only the grid and its neighbours are promised.
    const std::string grid = text.substr(text.find("\nproblem "));
    for (const std::string_view line : split_lines(grid)) {
      EXPECT_LE(display_width(line), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(Terminal, WritesNoEscapeSequenceWithoutColour) {
  EXPECT_THAT(to_terminal(testing::hostile_model(), {.width = 100}), Not(HasSubstr("\x1b")));
}

TEST(Terminal, CountsVerdictsWhenAttemptsDoNotFitEvenAsLetters) {
  const std::string text = to_terminal(testing::large_model(2, 200), {.width = 80});
  EXPECT_THAT(text, HasSubstr("ACx"));
}

TEST(Terminal, ShowsAnEmptyRun) {
  EXPECT_THAT(to_terminal(ReportModel{}, {.width = 80}), HasSubstr("0 of 0 problems"));
}

TEST(Figures, GiveIntervalsOfPointsInTenths) {
  Metric metric;
  metric.maximum = 447;
  metric.estimate = {324, 304.7, 341.594, 447, "wilson"};
  EXPECT_EQ(format_interval(metric), "304.7 to 341.6");
  metric.maximum = 1;
  metric.estimate = {0.725, 0.6817, 0.7642, 447, "wilson"};
  EXPECT_EQ(format_interval(metric), "68.2 % to 76.4 %");
}

TEST(Json, HasABreakdownOnlyWhereThereIsOne) {
  ReportModel model = testing::sample_model();
  EXPECT_THAT(to_json(model), Not(HasSubstr("breakdown")));
  model.score.breakdown = {{"month",
                            "2024-08",
                            6,
                            {{1, {0.5, 0.2, 0.8, 6, "wilson"}}, {2, {0.75, 0.4, 0.9, 6, "wilson"}}},
                            2,
                            {{1, 0.625}}}};
  const auto json = parse_json(to_json(model), "report");
  ASSERT_TRUE(json);
  const Json& row = (*json)["score"]["breakdown"][0];
  EXPECT_EQ(row["value"], "2024-08");
  EXPECT_EQ(row["problems"], 6);
  EXPECT_EQ(row["pass_at"]["1"]["high"], 0.8);
  EXPECT_EQ(row["pass_at"]["1"]["n"], 6);
  EXPECT_EQ(row["pass_at"]["2"]["value"], 0.75);
  EXPECT_EQ(row["attempts_unresolved"], 2);
  EXPECT_EQ(row["pass_at"]["1"]["lower_bound"], 0.5);
  EXPECT_EQ(row["pass_at"]["1"]["upper_bound"], 0.625);
}

ReportModel with_cutoff(const std::string& day, const std::string& of_run) {
  ReportModel model = testing::sample_model();
  model.run.training_cutoff = day;
  model.run.training_cutoff_of_run = of_run;
  model.score.breakdown = {{"month", "2024-08", 6, {{1, {0.5, 0.2, 0.8, 6, "wilson"}}}},
                           {"cutoff", "before 2024-09-01", 8, {{1, {0.75, 0.4, 0.9, 8, "wilson"}}}},
                           {"cutoff", "from 2024-09-01", 4, {{1, {0.25, 0.1, 0.5, 4, "wilson"}}}}};
  return model;
}

TEST(TrainingCutoff, StandsBesideTheScoreInEveryReportForPeople) {
  const ReportModel model = with_cutoff("2024-09-01", "2024-09-01");
  const std::string sentence =
      "up to 2024-09-01, as declared; pass@1 of problems before it 75.0 % (95 % 40.0 % to 90.0 %, "
      "n = 8), from it on 25.0 % (95 % 10.0 % to 50.0 %, n = 4)";
  EXPECT_EQ(format_training(model), sentence);
  EXPECT_THAT(to_terminal(model, {.width = 400}), HasSubstr("\ntrained   " + sentence + "\n"));
  EXPECT_THAT(to_markdown(model), HasSubstr("Trained up to 2024-09-01"));
  EXPECT_THAT(to_html(model), HasSubstr(sentence));
  const auto json = parse_json(to_json(model), "report");
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["run"]["training_cutoff"], "2024-09-01");
}

TEST(TrainingCutoff, ThatIsTheReportsOwnIsToldFromTheRuns) {
  EXPECT_THAT(format_training(with_cutoff("2024-09-01", "2024-01-01")),
              HasSubstr("as declared for this report (for the run: 2024-01-01);"));
  EXPECT_THAT(format_training(with_cutoff("2024-09-01", "")), HasSubstr("for this report;"));
}

TEST(TrainingCutoff, IsNotMentionedWhereNobodyDeclaredOne) {
  const ReportModel model = testing::sample_model();
  EXPECT_EQ(format_training(model), "");
  EXPECT_THAT(to_terminal(model, {.width = 100}), Not(HasSubstr("trained")));
  EXPECT_THAT(to_markdown(model), Not(HasSubstr("Trained")));
}

TEST(Json, KeepsA64BitSeed) {
  EXPECT_THAT(to_json(testing::sample_model()), HasSubstr(R"("seed": "18446744073709551000")"));
}

TEST(Json, ReplacesInvalidUtf8) {
  const auto parsed = parse_json(to_json(with_reply("a\xFFz")), "report");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ((*parsed)["problems"][0]["attempts"][0]["reply"], "a\xEF\xBF\xBDz");
}

TEST(Csv, DisarmsFormulas) {
  ReportModel model = with_reply("");
  model.problems[0].title = "=HYPERLINK(\"x\")";
  EXPECT_THAT(to_csv(model), HasSubstr(R"csv("'=HYPERLINK(""x"")")csv"));
}

TEST(Csv, EndsEveryRowWithCrlf) {
  const std::string csv = to_csv(testing::sample_model());
  EXPECT_EQ(count(csv, "\r\n"), 13U);
  EXPECT_TRUE(csv.ends_with("\r\n"));
}

TEST(Markdown, KeepsATitleFromMarkingUp) {
  ReportModel model = with_reply("");
  model.problems[0].title = "a|b @team #1 <img src=x> [x](http://y)";
  const std::string text = to_markdown(model);
  EXPECT_THAT(text, HasSubstr(R"(a\|b &#64;team &#35;1 &lt;img src=x&gt; \[x\](http&#58;//y))"));
}

TEST(Junit, HoldsOnlyCharactersXmlAllows) {
  const std::string xml = to_junit(testing::hostile_model());
  for (const char c : xml) {
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n') << static_cast<int>(c);
  }
  EXPECT_FALSE(find_invalid_utf8(xml));
  EXPECT_THAT(to_junit(testing::sample_model()), Not(HasSubstr("\xEF\xBF\xBF")));
}

TEST(Junit, CountsEveryOutcomeOnce) {
  const std::string xml = to_junit(testing::sample_model());
  EXPECT_THAT(xml, HasSubstr(R"(tests="12" failures="8" errors="2" skipped="1")"));
  EXPECT_EQ(count(xml, "<failure "), 8U);
  EXPECT_EQ(count(xml, "<error "), 2U);
  EXPECT_EQ(count(xml, "<skipped "), 1U);
}

TEST(Html, GivesHtmlNoMarkupFromTexts) {
  const std::string harmless = to_html(with_reply("harmless"));
  const std::string hostile =
      to_html(with_reply("</script><script>x</script><!--&amp;\xE2\x80\xA8"));
  EXPECT_EQ(count(hostile, "<"), count(harmless, "<"));
  EXPECT_THAT(
      hostile,
      HasSubstr(
          R"(\u003c/script\u003e\u003cscript\u003ex\u003c/script\u003e\u003c!--\u0026amp;\u2028)"));
}

TEST(Html, TakesNoTextForASlotOfTheTemplate) {
  EXPECT_THAT(to_html(with_reply("{{details}} {{nonsense}}")),
              HasSubstr("{{details}} {{nonsense}}"));
}

TEST(Html, AllowsItsOwnScriptsByHashAndNothingElse) {
  const std::string page = to_html(with_reply(""));
  const std::string policy = page.substr(page.find("default-src"), 2000);
  EXPECT_THAT(policy, HasSubstr("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(policy, HasSubstr("connect-src 'none'; base-uri 'none'; form-action 'none'"));
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
  EXPECT_EQ(count(page.substr(0, page.find("<title>")), "'sha256-"),
            13U);  // twelve scripts, one style
}

TEST(Html, ShortensLongTextsAndSaysHowMuchIsMissing) {
  const std::string page = to_html(with_reply(std::string(300 * 1024, 'q')));
  EXPECT_THAT(page, HasSubstr("\"omitted_bytes\":102400"));
  EXPECT_EQ(page.find(std::string(200 * 1024 + 1, 'q')), std::string::npos);
}

TEST(Html, StoresAPromptThatAttemptsShareOnce) {
  ReportModel model = testing::sample_model();
  model.problems.resize(1);
  for (AttemptView& attempt : model.problems[0].attempts) attempt.prompt = {{"user", "only-once"}};
  EXPECT_EQ(count(to_html(model), "only-once"), 1U);
}

TEST(Explain, NamesTheFirstFailingTestcaseAndTheCheckersFirstLine) {
  const ReportModel model = testing::sample_model();
  EXPECT_EQ(explain(model.problems[0].attempts[1]),
            "wrong answer on testcase secret/01: token 1: expected \"7\", got \"-1\"");
}

TEST(Explain, TellsATruncatedReplyFromOneWithoutCode) {
  AttemptView attempt;
  attempt.verdict = judges::Verdict::NA;
  EXPECT_EQ(explain(attempt), "the reply has no code");
  attempt.truncated = true;
  EXPECT_EQ(explain(attempt), "the reply was cut off before any code");
}

TEST(MedalHeadline, NamesTheNearestCutoffAbove) {
  EXPECT_EQ(medal_headline(*testing::sample_model().score.medal),
            "bronze: 241.5 of 600, 24.7 short of silver");
}

TEST(FormatNumber, ShowsNoMoreDigitsThanThereAre) {
  EXPECT_EQ(format_number(7), "7");
  EXPECT_EQ(format_number(412.5), "412.5");
  EXPECT_EQ(format_number(-0.001), "0");
}

}  // namespace
}  // namespace eval::reports
