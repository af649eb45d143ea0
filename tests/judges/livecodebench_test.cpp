#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/files.h"
#include "base/json.h"
#include "judges/lcb/decimal_lines.h"
#include "judges/lcb/livecodebench_judge.h"
#include "judges/lcb/official_verdict.h"
#include "judges/lcb/python_equality.h"
#include "judges/lcb/python_value.h"
#include "judges/lcb/shim_protocol.h"

namespace eval::judges {
namespace {

bool equal_lines(std::string_view expected, std::string_view output) {
  return compare_decimal_lines(expected, output).equal;
}

TEST(DecimalLines, ComparesNumbersExactly) {
  EXPECT_TRUE(equal_lines("1", "1.0"));
  EXPECT_TRUE(equal_lines("10", "1e1"));
  EXPECT_TRUE(equal_lines("12", "+1_2"));
  EXPECT_TRUE(equal_lines("0", "-0e7"));
  EXPECT_TRUE(equal_lines("12", "\xef\xbc\x91\xef\xbc\x92"));
  EXPECT_FALSE(equal_lines("0.33333333", "0.3333333"));
  EXPECT_FALSE(equal_lines("50000000000000000", "50000000000000001"));
}

// Pairs of an expected and a printed text with what the official evaluator (commit 28fef95) said of them.
TEST(DecimalLines, AgreesWithTheOfficialEvaluator) {
  const auto text = read_file(fs::path(EVAL_TEST_SOURCE_DIR) / "tests/lcb/official_text.json");
  ASSERT_TRUE(text.has_value());
  const Json pairs = (*parse_json(*text, "official_text.json"))["lines"];
  ASSERT_GE(pairs.size(), 100U);
  for (const Json& pair : pairs) {
    const LineComparison comparison =
        compare_decimal_lines(pair[0].get<std::string>(), pair[1].get<std::string>());
    EXPECT_EQ(comparison.equal, pair[2] == 1) << pair.dump();
    EXPECT_EQ(comparison.raises, pair[2] == "raises") << pair.dump();
  }
}

TEST(DecimalLines, SaysWhereTheTextsDifferInTheOfficialWords) {
  const auto message = [](std::string_view expected, std::string_view output) {
    return compare_decimal_lines(expected, output).message;
  };
  EXPECT_EQ(message("1", "1\n2"), "Wrong answer: mismatched output length");
  EXPECT_EQ(message("1\n2\n 3", "1.0\n2\n4 "), "Wrong answer at output_line_idx=2: 4 != 3");
  EXPECT_EQ(message("1", ""), "Wrong answer at output_line_idx=0:  != 1");
  const std::string half(150, 'a');
  EXPECT_EQ(message("1", half + "b" + half),
            "Wrong answer at output_line_idx=0: " + half + "...(truncated) ..." + half + " != 1");
}

TEST(DecimalLines, IsFreeOfSpacingOnlyBetweenNumbers) {
  EXPECT_TRUE(equal_lines("1 2 3", "1   2\t3 "));
  EXPECT_FALSE(equal_lines("a b", "a  b"));
  EXPECT_FALSE(equal_lines("1 2", "1 2 3"));
}

TEST(DecimalLines, StripsLinesAndCountsThem) {
  EXPECT_TRUE(equal_lines("a\nb\n", "\n\n a \r\nb\xc2\xa0\n\n"));
  EXPECT_FALSE(equal_lines("a\nb", "a\n\nb"));
  EXPECT_TRUE(equal_lines("", " \n"));
  EXPECT_FALSE(equal_lines("", "x"));
}

TEST(DecimalLines, KnowsSpecialValues) {
  EXPECT_TRUE(equal_lines("inf", "+Infinity"));
  EXPECT_FALSE(equal_lines("inf", "-inf"));
  EXPECT_TRUE(equal_lines("nan", "nan"));
  EXPECT_FALSE(equal_lines("nan", "NaN"));
  EXPECT_TRUE(compare_decimal_lines("1", "snan").raises);
  EXPECT_FALSE(compare_decimal_lines("1 2", "snan").raises);
}

TEST(ParseDecimal, RefusesWhatPythonRefuses) {
  for (const char* text :
       {"", ".", "_", "+", "e5", "1e", "1e+", "--1", "0x10", "1a", "nan1a", "infinit",
        "1e1000000000000000000", "0e99999999999999999999", "1e-1999999999999999998"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << text;
  }
  for (const char* text :
       {"1.", ".5", "1.e5", "nan12", "i_nf", "1__0", "0.00001e1000000000000000004"}) {
    EXPECT_TRUE(parse_decimal(text).has_value()) << text;
  }
}

std::string spelled(std::string_view json) {
  const auto text = spell_json(json);
  return text ? *text : "error";
}

TEST(SpellJson, GivesEqualValuesOneSpelling) {
  EXPECT_EQ(spelled("true"), spelled("1"));
  EXPECT_EQ(spelled("2.0"), spelled(" 2 "));
  EXPECT_EQ(spelled("-0.0"), spelled("0"));
  EXPECT_EQ(spelled("1e22"), spelled("10000000000000000000000"));
  EXPECT_EQ(spelled("-1.5"), "r-3/1;");
  EXPECT_EQ(spelled("{\"b\": 1, \"a\": 2, \"b\": 3}"), "d2{s1:ai2;s1:bi3;}");
  EXPECT_EQ(spelled("[\"\\ud83d\\ude00\", null]"), "l2[s4:\xf0\x9f\x98\x80n;]");
  EXPECT_EQ(spelled("\"\\ud83d\""), "s3:\xed\xa0\xbd");
  EXPECT_EQ(spelled("1267650600228229401496703205376"), "i1267650600228229401496703205376;");
  EXPECT_NE(spelled("0.3"), spelled("0.30000000000000004"));
}

TEST(SpellJson, RefusesWhatPythonRefuses) {
  for (const char* text : {"", "01", "1.", "[1,]", "{\"a\" 1}", "\"\n\"", "\"\\x\"", "nul", "1 2",
                           "-", "{1: 2}", "\"\\ud8\""}) {
    EXPECT_EQ(spelled(text), "error") << text;
  }
  EXPECT_EQ(spelled(std::string(50'001, '9')), "error");
  EXPECT_EQ(spelled(std::string(5000, '[')), "error");
}

// What the official evaluator made of these, with numpy 1.24.
TEST(PythonEquality, StretchesArraysAsNumpyDoes) {
  for (const char* json : {"6", "[6]", "[[6]]", "6.0"}) {
    EXPECT_EQ(python_equality("an1[1,]i6;", spelled(json)), Equality::Equal) << json;
    EXPECT_EQ(python_equality("an0[]i6;", spelled(json)), Equality::Equal) << json;
    EXPECT_EQ(python_equality("an1[1,]i5;", spelled(json)), Equality::Unequal) << json;
  }
  EXPECT_EQ(python_equality("an1[2,]", spelled("[1, 2]")), Equality::Raises);
  EXPECT_EQ(python_equality("an1[2,]", spelled("1")), Equality::Raises);
  EXPECT_EQ(python_equality("an1[2,]", spelled("[1, 2, 3]")), Equality::Unequal);
  EXPECT_EQ(python_equality("an1[0,]", spelled("[]")), Equality::Empty);
  EXPECT_EQ(python_equality("l2[an0[]i1;an0[]i2;]", spelled("[1, 2]")), Equality::Equal);
  EXPECT_EQ(python_equality("l1[an1[2,]]", spelled("[[1, 2]]")), Equality::Raises);
  EXPECT_EQ(python_equality("as0[]s1:a", spelled("\"a\"")), Equality::Equal);
  EXPECT_EQ(python_equality("as0[]s1:a", spelled("1")), Equality::Unequal);
}

// Nor to itself. An honest process sends no "y;", but who reaches the channel can.
TEST(PythonEquality, NanIsEqualToNothing) {
  EXPECT_EQ(python_equality("y;", spelled("NaN")), Equality::Unequal);
  EXPECT_EQ(python_equality("l1[y;]", spelled("[NaN]")), Equality::Unequal);
  EXPECT_EQ(python_equality("s2:y;", spelled("\"y;\"")), Equality::Equal);
}

TEST(PythonEquality, TakesAMalformedValueForUnequal) {
  const std::string expected = spelled("[1, {\"a\": [2]}]");
  for (const char* value :
       {"", "l", "l2[", "l2[i1;", "l99999999999999999999[", "a", "an", "an9[", "an1[-1,]i1;",
        "an99[]i1;", "s5:a", "s99999999999:a", "d1{", "l-1[]", "l2[i1;d1{s1:aan1[1,]"}) {
    EXPECT_EQ(python_equality(value, expected), Equality::Unequal) << value;
  }
  EXPECT_EQ(python_equality("an1[1,]", spelled("1")), Equality::Unequal);
  // Each array in an array looks through all that is expected.
  std::string nested = "i1;";
  for (int i = 0; i < 900; ++i) nested.insert(0, "ao0[]");
  EXPECT_EQ(python_equality(nested, spelled("1")), Equality::Unequal);
  std::mt19937 random(5);
  const std::string alphabet = "anslodit[]{},;:0129";
  for (int i = 0; i < 20'000; ++i) {
    std::string value;
    for (auto length = random() % 20; length > 0; --length) {
      value += alphabet[random() % alphabet.size()];
    }
    static_cast<void>(python_equality(value, expected));
  }
}

TEST(SpellJson, SurvivesRandomText) {
  std::mt19937 random(7);
  const std::string alphabet = "[]{}\",:\\u0d8eE+-.129truefalsnNaIity \n";
  for (int i = 0; i < 4'000; ++i) {
    std::string text;
    for (auto length = random() % 30; length > 0; --length) {
      text += alphabet[random() % alphabet.size()];
    }
    static_cast<void>(spell_json(text));
    static_cast<void>(compare_decimal_lines(text, text + "1"));
  }
}

TEST(ShimFrames, StopAtWhatIsNoFrame) {
  const ShimFrames frames =
      parse_shim_frames("n", "n ready -1 0 0 0\nn output 0 5 4 3\nab\nTrue\nn done -1 0 0 0\n");
  ASSERT_EQ(frames.frames.size(), 2U);
  EXPECT_EQ(frames.frames[1].payload, "ab\n");
  EXPECT_TRUE(frames.broken);
  EXPECT_TRUE(parse_shim_frames("n", "m ready -1 0 0 0\n").frames.empty());
  EXPECT_TRUE(parse_shim_frames("n", "n ready -1 0 0 -1\n").broken);
  EXPECT_TRUE(parse_shim_frames("n", "n output 0 0 0 99999999999999\nx").broken);
}

struct Case {
  problems::ProgramTask task;
  std::vector<std::string> expected = {"4\n", "5\n"};
  Case() {
    task.testcases.resize(2);
    task.testcases[0].name = "public/1";
    task.testcases[1].name = "private/1";
  }
  std::vector<TestResult> results(const std::string& stream, sandbox::RunStatus status = {}) const {
    sandbox::ExecutionResult run;
    run.status = status;
    return official_results({&task, expected}, parse_shim_frames("n", stream), run);
  }
};

TEST(OfficialResults, AcceptOnlyWithAnOutputForEveryTestAndAnEnd) {
  const std::string both =
      "n ready -1 0 0 0\nn loaded -1 0 0 0\nn output 0 0 0 1\n4n output 1 0 0 1\n5";
  const auto ended = Case().results(both + "n done -1 0 0 0\n");
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[1].verdict, Verdict::AC);
  const auto lost = Case().results(both);
  ASSERT_EQ(lost.size(), 2U);
  EXPECT_EQ(lost[1].verdict, Verdict::RE);
  EXPECT_EQ(lost[1].exit_code, -5);
}

TEST(OfficialResults, TakeNoOutputTwiceOrOutOfOrder) {
  const auto skipped = Case().results("n ready -1 0 0 0\nn output 1 0 0 1\n5n done -1 0 0 0\n");
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_EQ(skipped[0].verdict, Verdict::RE);
  const auto twice =
      Case().results("n ready -1 0 0 0\nn output 0 0 0 1\n4n output 0 0 0 1\n4n done -1 0 0 0\n");
  EXPECT_EQ(twice.back().verdict, Verdict::RE);
}

TEST(OfficialResults, StopAtTheFirstThatIsNotRight) {
  const auto results =
      Case().results("n ready -1 0 0 0\nn output 0 0 0 1\n7n output 1 0 0 1\n5n done -1 0 0 0\n");
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].exit_code, -2);
}

TEST(OfficialResults, SayHowALostProcessEnded) {
  const std::string ready = "n ready -1 0 0 0\n";
  using sandbox::RunStatus;
  EXPECT_EQ(Case().results(ready, RunStatus::WallTimeLimit)[0].verdict, Verdict::TLE);
  EXPECT_EQ(Case().results(ready, RunStatus::MemoryLimit)[0].verdict, Verdict::MLE);
  EXPECT_EQ(Case().results(ready, RunStatus::OutputLimit)[0].verdict, Verdict::OLE);
  EXPECT_EQ(Case().results(ready, RunStatus::Signalled)[0].verdict, Verdict::RE);
}

TEST(OfficialResults, KnowNothingOfTheTestsBeforeAFailureOutsideOfThem) {
  const std::string first = "n ready -1 0 0 0\nn loaded -1 0 0 0\nn output 0 0 0 1\n4";
  const auto outside =
      Case().results(first + "n error -1 0 0 18\nerror ValueError()n done -1 0 0 0\n");
  ASSERT_EQ(outside.size(), 1U);
  EXPECT_EQ(outside[0].exit_code, -4);
  EXPECT_EQ(outside[0].testcase, "private/1");
  const auto compared = Case().results(first + "n output 1 0 0 4\nsnann done -1 0 0 0\n");
  ASSERT_EQ(compared.size(), 1U);
  EXPECT_EQ(compared[0].exit_code, -4);
  const auto after = Case().results(
      first + "n output 1 0 0 1\n5n error -1 0 0 18\nerror ValueError()n done -1 0 0 0\n");
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0].testcase, "private/1");
}

TEST(OfficialResults, TellATimeoutFromAnError) {
  const std::string ready = "n ready -1 0 0 0\nn loaded -1 0 0 0\n";
  const auto timeout =
      Case().results(ready + "n error 0 0 0 26\ntimeout TimeoutException()n done -1 0 0 0\n");
  EXPECT_EQ(timeout[0].exit_code, -3);
  const auto error =
      Case().results(ready + "n error 0 0 0 18\nerror ValueError()n done -1 0 0 0\n");
  EXPECT_EQ(error[0].exit_code, -4);
  const auto refused =
      Case().results("n ready -1 0 0 0\nn error -1 0 0 20\nerror SyntaxError(1)n done -1 0 0 0\n");
  EXPECT_EQ(refused[0].verdict, Verdict::CE);
}

TEST(SemanticsNames, AreReadBack) {
  for (const std::string& name : semantics_names()) {
    EXPECT_EQ(semantics_name(*semantics_from_name(name)), name);
  }
  EXPECT_EQ(semantics_from_name("lcb"), std::nullopt);
}

}  // namespace
}  // namespace eval::judges
