#include "problems/livecodebench.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <map>
#include <random>

#include "base/compression.h"
#include "base/json.h"
#include "problems/livecodebench_row.h"
#include "problems/suite.h"

namespace eval::problems {
namespace {

std::string base64(std::string_view data) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < data.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8U | (i + j < data.size() ? static_cast<unsigned char>(data[i + j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      text += i + j > data.size() ? '=' : kAlphabet[bits >> (6U * (3U - j)) & 63U];
    }
  }
  return text;
}

std::string deflated(const std::string& data) {
  uLongf size = compressBound(data.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size,
           reinterpret_cast<const Bytef*>(data.data()), data.size());
  packed.resize(size);
  return packed;
}

// As Python's pickle protocol 4 writes a short text.
std::string pickled(const std::string& text) {
  std::string pickle = "\x80\x04\x8c";
  pickle += static_cast<char>(text.size());
  return pickle + text + "\x94.";
}

Json row(const std::string& id, const std::string& date, const std::string& difficulty = "easy") {
  return {
      {"question_title", "Title of " + id},
      {"question_content", "Add one."},
      {"platform", "atcoder"},
      {"question_id", id},
      {"contest_id", "c"},
      {"contest_date", date + "T00:00:00"},
      {"starter_code", ""},
      {"difficulty", difficulty},
      {"public_test_cases", R"([{"input": "1\n", "output": "2\n", "testtype": "stdin"}])"},
      {"private_test_cases",
       base64(deflated(pickled(R"([{"input": "5\n", "output": "6\n", "testtype": "stdin"}])")))},
      {"metadata", "{}"}};
}

class LiveCodeBench : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = TempDir::create("lcb-load-test-");
    ASSERT_TRUE(folder.has_value());
    folder_ = std::move(*folder);
    data_ = folder_->path() / "data";
    fs::create_directories(data_);
  }

  void write(const std::string& name, const std::vector<Json>& rows) {
    std::string text;
    for (const Json& one : rows) text += to_json_line(one) + "\n";
    ASSERT_TRUE(write_file(data_ / name, text).has_value());
  }

  Result<Suite> load(LiveCodeBenchSelection selection = {}) {
    selection.cache = folder_->path() / "cache";
    return load_livecodebench(data_, selection);
  }

  std::vector<std::string> slugs(const LiveCodeBenchSelection& selection = {}) {
    std::vector<std::string> found;
    const auto suite = load(selection);
    if (!suite) return {describe(suite.error())};
    for (const Problem& problem : suite->problems) found.push_back(problem.slug);
    return found;
  }

  std::optional<TempDir> folder_;
  fs::path data_;
};

LiveCodeBenchSelection of_release(const std::string& release) {
  LiveCodeBenchSelection selection;
  selection.release = release;
  return selection;
}

LiveCodeBenchSelection in_window(const std::string& window, const std::string& start = {},
                                 const std::string& end = {}) {
  LiveCodeBenchSelection selection;
  selection.window = window;
  selection.start_date = start;
  selection.end_date = end;
  return selection;
}

LiveCodeBenchSelection without_errata() {
  LiveCodeBenchSelection selection;
  selection.without_errata = true;
  return selection;
}

using Slugs = std::vector<std::string>;

TEST_F(LiveCodeBench, UnpacksPublicThenPrivateTests) {
  write("test.jsonl", {row("abc1_a", "2024-08-01")});
  const auto suite = load();
  ASSERT_TRUE(suite.has_value()) << describe(suite.error());
  const auto& task = std::get<ProgramTask>(suite->problems.at(0).task);
  ASSERT_EQ(task.testcases.size(), 2U);
  EXPECT_TRUE(task.testcases[0].is_sample);
  EXPECT_EQ(read_file(task.testcases[0].input.path).value_or(""), "1\n");
  EXPECT_EQ(task.testcases[1].name, "private/1");
  EXPECT_EQ(read_file(task.testcases[1].answer.path).value_or(""), "6\n");
}

TEST_F(LiveCodeBench, FindsTheSameInItsCache) {
  write("test.jsonl", {row("abc1_a", "2024-08-01")});
  const auto first = load();
  const auto second = load();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

TEST_F(LiveCodeBench, OrdersByQuestionIdAndTakesReleases) {
  write("test.jsonl", {row("b", "2023-05-01"), row("a", "2023-06-01")});
  write("test2.jsonl", {row("c", "2024-04-01")});
  EXPECT_EQ(slugs(), (Slugs{"a", "b", "c"}));
  EXPECT_EQ(slugs(of_release("release_v1")), (Slugs{"a", "b"}));
  EXPECT_EQ(load(of_release("v3")).error().code, ErrorCode::NotFound);
  EXPECT_EQ(load(of_release("release_v9")).error().code, ErrorCode::Usage);
}

TEST_F(LiveCodeBench, TakesBothEndsOfAWindow) {
  write("problems.jsonl", {row("a", "2024-07-31"), row("b", "2024-08-01"), row("c", "2025-05-31"),
                           row("d", "2025-06-01")});
  EXPECT_EQ(slugs(in_window("nvidia-v6")), (Slugs{"b", "c"}));
  EXPECT_EQ(slugs(in_window("v6-2408-2505")), (Slugs{"b", "c"}));
  EXPECT_EQ(slugs(in_window("", "2024-08-01", "2024-08-01")), (Slugs{"b"}));
  EXPECT_EQ(slugs(in_window("nvidia-v6", "2025-01-01")), (Slugs{"c"}));
  EXPECT_EQ(load(in_window("nvidia-v7")).error().code, ErrorCode::Usage);
  const auto reversed = load(in_window("", "2024-08-02", "2024-08-01"));
  ASSERT_FALSE(reversed);
  EXPECT_EQ(reversed.error().what, "no day is from 2024-08-02 to 2024-08-01");
}

TEST_F(LiveCodeBench, NamesTheWindowInItsTitle) {
  write("problems.jsonl", {row("b", "2024-08-01")});
  const auto suite = load(in_window("nvidia-v6"));
  ASSERT_TRUE(suite.has_value());
  EXPECT_NE(suite->title.find("2024-08-01..2025-05-31"), std::string::npos) << suite->title;
  EXPECT_NE(suite->title.find("nvidia-v6"), std::string::npos);
}

TEST_F(LiveCodeBench, MarksErrataAndLeavesThemOutOnRequest) {
  write("problems.jsonl", {row("abc337_e", "2024-08-01"), row("ok", "2024-08-01")});
  const auto suite = load();
  ASSERT_TRUE(suite.has_value());
  EXPECT_FALSE(suite->problems.at(0).warnings.empty());
  EXPECT_EQ(slugs(without_errata()), Slugs{"ok"});
}

TEST_F(LiveCodeBench, KnowsEveryErratumByIdOrTitle) {
  std::vector<Json> rows;
  for (const char* id : {"abc311_c", "abc326_d", "abc327_b", "abc333_e", "abc343_a", "abc343_e",
                         "abc362_c", "arc185_c", "abc337_e", "abc355_e", "abc350_c", "arc189_a"}) {
    rows.push_back(row(id, "2024-08-01"));
  }
  int number = 3000;  // rows of LeetCode have a number for an id
  for (const char* title : {"find-words-containing-character", "find-the-peaks",
                            "generate-binary-strings-without-adjacent-zeros",
                            "apply-operations-to-make-string-empty", "most-frequent-ids"}) {
    rows.push_back(row(std::to_string(number++), "2024-08-01"));
    rows.back()["question_title"] = title;
  }
  rows.push_back(row("ok", "2024-08-01"));
  write("problems.jsonl", rows);
  EXPECT_EQ(rows.size(), 18U);
  EXPECT_EQ(slugs(without_errata()), Slugs{"ok"});
  EXPECT_NE(load(without_errata())->title.find("without errata"), std::string::npos);
}

TEST(LiveCodeBenchWindows, HaveTheirPublishedCounts) {
  std::map<std::string, int> counts;
  for (const LiveCodeBenchWindow& window : livecodebench_windows()) {
    counts[fmt::format("v{} {} {}", window.release, window.start_date.substr(2, 5),
                       window.end_date.substr(2, 5))] = window.problems;
  }
  EXPECT_EQ(counts, (std::map<std::string, int>{{"v6 24-08 25-05", 454},
                                                {"v5 24-08 25-02", 279},
                                                {"v5 24-10 25-02", 166},
                                                {"v6 24-08 25-02", 374},
                                                {"v6 24-10 25-02", 261},
                                                {"v6 24-10 25-04", 341},
                                                {"v6 24-08 25-04", 0}}));
}

TEST(LiveCodeBenchRow, HasThePrivateTestsOfItsOwnMember) {
  Json as_json = row("a", "2024-08-01");
  as_json["private_test_cases"] = R"([{"input": "5\n", "output": "6\n"}])";
  Json named_in_text = row("a", "2024-08-01");
  named_in_text["question_content"] = R"(Say "private_test_cases": "QUJD" and "private_test_cases)";
  Json named_in_value = row("a", "2024-08-01");
  named_in_value["question_title"] = "private_test_cases";
  Json nested = {{"more", {{"private_test_cases", "QUJD"}}}};
  nested.update(row("a", "2024-08-01"));
  for (const Json& one : {row("a", "2024-08-01"), as_json, named_in_text, named_in_value, nested}) {
    for (const std::string& line : {to_json_line(one), to_json_text(one)}) {
      const auto read = read_livecodebench_row(line, "test");
      ASSERT_TRUE(read) << describe(read.error());
      EXPECT_EQ(read->private_tests, one["private_test_cases"].get<std::string>()) << line;
      EXPECT_EQ(read->title, one["question_title"].get<std::string>());
      EXPECT_EQ(read->statement, one["question_content"].get<std::string>());
    }
  }
}

TEST_F(LiveCodeBench, RefusesABrokenRowAndKeepsTheOthers) {
  Json broken = row("x", "2024-08-01");
  broken["difficulty"] = "impossible";
  broken["private_test_cases"] = 5;
  write("problems.jsonl", {broken, row("ok", "2024-08-01"), row("ok", "2024-08-02")});
  const auto suite = load();
  ASSERT_TRUE(suite.has_value());
  EXPECT_EQ(suite->problems.size(), 1U);
  ASSERT_EQ(suite->refused.size(), 2U);
  EXPECT_EQ(suite->refused[0].reason.also.size(), 1U);
}

TEST_F(LiveCodeBench, NamesFileAndLineOfARowThatCannotBeRead) {
  write("test.jsonl", {row("a", "2024-08-01")});
  ASSERT_TRUE(
      write_file(data_ / "test2.jsonl", to_json_line(row("b", "2024-08-01")) + "\n{\"a\": \n"));
  const auto suite = load();
  ASSERT_TRUE(suite.has_value()) << describe(suite.error());
  ASSERT_EQ(suite->refused.size(), 1U);
  EXPECT_EQ(suite->refused[0].id, "test2.jsonl: line 2");
}

TEST_F(LiveCodeBench, IsCheckedRowByRow) {
  EXPECT_FALSE(is_data_set(data_.string()));
  const Json twice = row("abc311_c", "2024-08-01");
  ASSERT_TRUE(write_file(data_ / "problems.jsonl",
                         to_json_line(twice) + "\noops\n" + to_json_line(twice) + "\n"));
  EXPECT_TRUE(is_data_set(data_.string()));
  EXPECT_TRUE(is_data_set((data_ / "problems.jsonl").string()));
  const auto findings = check_rows(*load());
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].rule, "row-refused");
  EXPECT_TRUE(findings[0].detail.where.starts_with("problems.jsonl: line 2"))
      << findings[0].detail.where;
  EXPECT_EQ(findings[1].detail.what, "livecodebench/abc311_c: two rows have this question id");
  EXPECT_EQ(findings[1].detail.where, "problems.jsonl: line 3");
  EXPECT_EQ(findings[1].severity, Finding::Severity::Error);
  EXPECT_EQ(findings[2].severity, Finding::Severity::Warning);
  EXPECT_NE(findings[2].detail.what.find("errata"), std::string::npos);
  EXPECT_EQ(findings[2].detail.where, "livecodebench/abc311_c");
}

TEST_F(LiveCodeBench, CountsInItsTitleWhatTheScoreIsNotOf) {
  Json broken = row("x", "2024-08-01");
  broken["private_test_cases"] = "!";
  write("test.jsonl", {row("a", "2024-08-01"), row("a", "2024-08-01"), broken});
  EXPECT_EQ(load()->title, "LiveCodeBench release_v1, 1 problems, 1 rows unusable");
  for (int release = 2; release <= 6; ++release) {
    write("test" + std::to_string(release) + ".jsonl",
          {row("r" + std::to_string(release), "2024-08-02")});
  }
  for (const char* name : {"nvidia-v6", "v6-2408-2505"}) {
    const std::string title = load(in_window(name))->title;
    EXPECT_NE(title.find(", 6 problems (454 published), 1 rows unusable"), title.npos) << title;
  }
  // What nobody published a count of, and what was narrowed.
  EXPECT_EQ(load(in_window("v6-2407-2505"))->title.find("published"), std::string::npos);
  EXPECT_EQ(load(in_window("nvidia-v6", "2024-08-02"))->title.find("published"), std::string::npos);
}

TEST_F(LiveCodeBench, ReadsRowsBehindAByteOrderMarkAndWithCarriageReturns) {
  ASSERT_TRUE(
      write_file(data_ / "test.jsonl", "\xEF\xBB\xBF" + to_json_line(row("a", "2024-08-01")) +
                                           "\r\n\r\n" + to_json_line(row("b", "2024-08-01"))));
  EXPECT_EQ(slugs(), (Slugs{"a", "b"}));
}

TEST_F(LiveCodeBench, TakesDaysOfTheCalendarOnly) {
  write("problems.jsonl", {row("a", "2024-02-29"), row("b", "2023-02-29"), row("c", "2024-13-01")});
  const auto suite = load();
  ASSERT_TRUE(suite.has_value());
  EXPECT_EQ(suite->problems.size(), 1U);
  EXPECT_EQ(suite->refused.size(), 2U);
  for (const char* day : {"2024-13-01", "2024-02-30", "2024-2-1", "20240201", "+024-01-01"}) {
    EXPECT_EQ(load(in_window("", day)).error().code, ErrorCode::Usage) << day;
    EXPECT_EQ(load(in_window("", "", day)).error().code, ErrorCode::Usage) << day;
  }
}

TEST_F(LiveCodeBench, TellsAnEmptyFileFromAWindowWithoutRows) {
  write("problems.jsonl", {row("a", "2024-07-31"), row("b", "2024-08-02")});
  const Error none = load(in_window("", "2025-01-01", "2025-02-01")).error();
  EXPECT_EQ(none.code, ErrorCode::Usage);
  EXPECT_EQ(none.help, "the rows there are of 2024-07-31 to 2024-08-02");
  ASSERT_TRUE(write_file(data_ / "problems.jsonl", "\n"));
  EXPECT_EQ(load().error().code, ErrorCode::BadInput);
}

TEST_F(LiveCodeBench, RefusesAGzipFileThatIsCutShort) {
  std::string text;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i)
    text += to_json_line(row(std::to_string(random()), "2024-08-01")) + "\n";
  const gzFile file = gzopen((data_ / "test.jsonl.gz").c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  fs::resize_file(data_ / "test.jsonl.gz", fs::file_size(data_ / "test.jsonl.gz") / 2);
  const auto suite = load();
  ASSERT_FALSE(suite.has_value());
  EXPECT_EQ(suite.error().code, ErrorCode::BadInput);
}

TEST_F(LiveCodeBench, ReadsGzipFiles) {
  const std::string line = to_json_line(row("z", "2024-08-01")) + "\n";
  const gzFile file = gzopen((data_ / "test.jsonl.gz").c_str(), "wb");
  gzwrite(file, line.data(), static_cast<unsigned>(line.size()));
  gzclose(file);
  EXPECT_EQ(slugs(), Slugs{"z"});
}

TEST_F(LiveCodeBench, CarriesItsFactsInTheSource) {
  const LiveCodeBenchFacts facts{"abc301_a",   "atcoder",         "easy",
                                 "2023-05-13", "wrong test data", "abc301"};
  EXPECT_EQ(livecodebench_facts(to_source(facts)), facts);
  EXPECT_EQ(livecodebench_facts("IOI 2024"), std::nullopt);
}

TEST(PickledString, ReadsEveryLengthOfText) {
  EXPECT_EQ(read_pickled_string(std::string("\x80\x04\x8c\x02hi\x94.", 8)).value_or("?"), "hi");
  EXPECT_EQ(read_pickled_string(std::string("\x80\x03X\x02\0\0\0hiq\0.", 12)).value_or("?"), "hi");
  EXPECT_EQ(
      read_pickled_string(std::string("\x80\x04\x8d\x02\0\0\0\0\0\0\0hi\x94.", 15)).value_or("?"),
      "hi");
}

TEST(PickledString, SkipsFramesAndMemos) {
  const std::string frame("\x95\x05\0\0\0\0\0\0\0", 9);
  EXPECT_EQ(read_pickled_string("\x80\x04" + frame + "\x8c\x02hi\x94.").value_or("?"), "hi");
  EXPECT_EQ(read_pickled_string(std::string("\x80\x02X\x02\0\0\0hir\0\1\0\0.", 15)).value_or("?"),
            "hi");
  EXPECT_EQ(read_pickled_string(std::string("\x80\x04\x8c\0\x94.", 6)).value_or("?"), "");
}

TEST(PickledString, RefusesEveryOtherInstruction) {
  const std::string good = pickled("hi");
  for (int opcode = 0; opcode < 256; ++opcode) {
    std::string pickle = good;
    pickle[pickle.size() - 2] = static_cast<char>(opcode);
    const bool is_known = opcode == 0x94;
    EXPECT_EQ(read_pickled_string(pickle).has_value(), is_known) << opcode;
  }
  EXPECT_FALSE(read_pickled_string("\x80\x04\x8c\x7fhi\x94.").has_value());
  EXPECT_FALSE(read_pickled_string(good + ".").has_value());
  EXPECT_FALSE(read_pickled_string("cos\nsystem\n(S'true'\ntR.").has_value());
}

TEST(PickledString, SurvivesRandomBytes) {
  std::mt19937 random(5);
  const std::string good = pickled("some text");
  for (int i = 0; i < 5'000; ++i) {
    std::string pickle = good.substr(0, random() % (good.size() + 1));
    for (auto changes = random() % 4; changes > 0 && !pickle.empty(); --changes) {
      pickle[random() % pickle.size()] = static_cast<char>(random() % 256);
    }
    static_cast<void>(read_pickled_string(pickle));
    static_cast<void>(inflate(pickle, Bytes::mib(1)));
    static_cast<void>(decode_base64(pickle));
  }
}

TEST(Inflate, RefusesABombAndWhatIsCutShort) {
  const std::string packed = deflated(std::string(1 << 20, 'a'));
  EXPECT_EQ(inflate(packed, Bytes::mib(1))->size(), std::size_t{1} << 20U);
  EXPECT_FALSE(inflate(packed, Bytes::kib(1)).has_value());
  EXPECT_FALSE(inflate(packed.substr(0, packed.size() - 1), Bytes::mib(2)).has_value());
  EXPECT_FALSE(inflate(packed + "x", Bytes::mib(2)).has_value());
}

}  // namespace
}  // namespace eval::problems
