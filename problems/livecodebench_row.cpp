#include "problems/livecodebench_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "base/compression.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "problems/livecodebench_members.h"

namespace eval::problems {
namespace {

// The largest private tests of the full data are near 500 MB; a bomb would not end.
constexpr Bytes kTestsMax = Bytes::gib(2);
constexpr std::size_t kTestsPerProblemMax = 10'000;
// Raised when the files are laid out in another way.
constexpr int kIndexVersion = 1;

// Takes the instructions of a pickle off its front.
class PickleReader {
 public:
  explicit PickleReader(std::string_view bytes) : rest_(bytes) {}

  bool skip(unsigned char opcode, std::size_t argument_bytes) {
    if (rest_.empty() || static_cast<unsigned char>(rest_.front()) != opcode) return false;
    if (rest_.size() < 1 + argument_bytes) return false;
    rest_.remove_prefix(1 + argument_bytes);
    return true;
  }

  // A string with a little-endian length of `length_bytes` before it.
  std::optional<std::string_view> string(unsigned char opcode, std::size_t length_bytes) {
    if (rest_.size() < 1 + length_bytes || static_cast<unsigned char>(rest_.front()) != opcode) {
      return std::nullopt;
    }
    std::uint64_t length = 0;
    for (std::size_t i = length_bytes; i > 0; --i) {
      length = length << 8U | static_cast<unsigned char>(rest_[i]);
    }
    const std::string_view after = rest_.substr(1 + length_bytes);
    if (length > after.size()) return std::nullopt;
    rest_ = after.substr(static_cast<std::size_t>(length));
    return after.substr(0, static_cast<std::size_t>(length));
  }

  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

Failure refused_pickle(std::string_view rest) {
  if (rest.empty()) return fail(ErrorCode::BadInput, "the pickle is cut short");
  return fail(
      ErrorCode::BadInput,
      fmt::format("the pickle has byte 0x{:02x} where a pickled string has none, or a length "
                  "beyond its end; only a string is read, and nothing is executed",
                  static_cast<unsigned char>(rest.front())));
}

Result<LiveCodeBenchTest> read_test(const Json& entry, std::size_t number) {
  const std::string where = fmt::format("test {}", number);
  if (!entry.is_object()) return fail(ErrorCode::BadInput, "a test is not an object", where);
  for (const char* key : {"input", "output"}) {
    const Json* member = find_member(entry, key);
    if (member == nullptr || !member->is_string()) {
      return fail(ErrorCode::BadInput, fmt::format("\"{}\" should be a text", key), where);
    }
  }
  return LiveCodeBenchTest{entry["input"].get<std::string>(), entry["output"].get<std::string>()};
}

// Also a file name and the last part of a problem's id.
bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() < 128 && id.front() != '.' && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
}

// The text of the row's private tests if it is written without escapes, as base64 is. It may be that of a
// member of the same name elsewhere in the row.
std::optional<std::string_view> find_packed_tests(std::string_view line) {
  constexpr std::string_view kKey = "\"private_test_cases\"";
  const std::size_t key = line.find(kKey);
  if (key == line.npos) return std::nullopt;
  std::string_view rest = trim(line.substr(key + kKey.size()));
  if (!rest.starts_with(':')) return std::nullopt;
  rest = trim(rest.substr(1));
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t end = rest.find('"');
  if (end == rest.npos || rest.substr(0, end).find('\\') != rest.npos) return std::nullopt;
  return rest.substr(0, end);
}

// The row as JSON. Private tests are megabytes in which a parser finds nothing: packed ones are set aside
// in `packed`, and kSetAside, which is no base64, is in their place.
constexpr std::string_view kSetAside = "(packed)";
Result<Json> parse_row(std::string_view line, std::string_view where,
                       std::optional<std::string_view>& packed) {
  packed = find_packed_tests(line);
  if (packed) {
    const std::string_view before = line.substr(0, packed->data() - line.data());
    const std::string_view after = line.substr(before.size() + packed->size());
    auto json = parse_json(fmt::format("{}{}{}", before, kSetAside, after), where);
    if (json && read_string(*json, "private_test_cases").value_or("") == kSetAside) return json;
    packed.reset();
  }
  return parse_json(line, where);
}

Result<std::string> function_of(const std::string& metadata) {
  if (trim(metadata).empty()) return std::string();
  const Json json = EVAL_TRY(parse_json(metadata, "metadata"));
  return read_string(json, "func_name");
}

DataFile data_file(const fs::path& path, const std::string& content) {
  return {path, Bytes{content.size()}, sha256_hex(content)};
}

Testcase testcase_at(const fs::path& folder, std::size_t index, std::size_t public_count) {
  Testcase testcase;
  testcase.is_sample = index < public_count;
  testcase.name = testcase.is_sample ? fmt::format("public/{}", index + 1)
                                     : fmt::format("private/{}", index - public_count + 1);
  testcase.input.path = folder / fmt::format("{:04}.in", index);
  testcase.answer.path = folder / fmt::format("{:04}.out", index);
  return testcase;
}

// What an earlier call left, or nullopt if there is nothing (or nothing of use).
std::optional<std::vector<Testcase>> read_index(const fs::path& folder) {
  const auto text = read_file(folder / "index.json");
  if (!text) return std::nullopt;
  const auto json = parse_json(*text, "index.json");
  if (!json || read_integer(*json, "version", 0).value_or(0) != kIndexVersion) return std::nullopt;
  const Json* files = find_member(*json, "tests");
  const auto publics = read_integer(*json, "public", -1);
  if (files == nullptr || !files->is_array() || !publics || *publics < 0) return std::nullopt;
  std::vector<Testcase> testcases;
  for (std::size_t i = 0; i < files->size(); ++i) {
    Testcase testcase = testcase_at(folder, i, static_cast<std::size_t>(*publics));
    for (auto [file, prefix] :
         {std::pair{&testcase.input, "input"}, {&testcase.answer, "output"}}) {
      const auto size = read_integer((*files)[i], fmt::format("{}_bytes", prefix), -1);
      const auto hash = read_string((*files)[i], fmt::format("{}_sha256", prefix));
      std::error_code error;
      const bool fits = size && hash && *size >= 0 &&
                        fs::file_size(file->path, error) == static_cast<std::uintmax_t>(*size);
      if (!fits || error) return std::nullopt;
      file->size = Bytes{static_cast<std::uint64_t>(*size)};
      file->sha256 = *hash;
    }
    testcases.push_back(std::move(testcase));
  }
  return testcases;
}

// Not synced: there are thousands of these files, and who reads them compares their hash.
Result<void> write_plainly(const fs::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    return fail(system_error(ErrorCode::Io, "the file cannot be written", errno, path.string()));
  }
  return {};
}

Json index_entry(const Testcase& testcase) {
  return {{"input_bytes", testcase.input.size.count},
          {"input_sha256", testcase.input.sha256},
          {"output_bytes", testcase.answer.size.count},
          {"output_sha256", testcase.answer.sha256}};
}

}  // namespace

Result<std::string> read_pickled_string(std::string_view pickle) {
  constexpr unsigned char kProto = 0x80, kFrame = 0x95, kMemoize = 0x94, kBinput = 0x71,
                          kLongBinput = 0x72, kStop = 0x2e;
  constexpr unsigned char kShortBinunicode = 0x8c, kBinunicode = 0x58, kBinunicode8 = 0x8d;
  PickleReader reader(pickle);
  if (!reader.skip(kProto, 1)) return refused_pickle(reader.rest());
  reader.skip(kFrame, 8);  // absent from strings over 64 KiB
  std::optional<std::string_view> text = reader.string(kShortBinunicode, 1);
  if (!text) text = reader.string(kBinunicode, 4);
  if (!text) text = reader.string(kBinunicode8, 8);
  if (!text) return refused_pickle(reader.rest());
  while (reader.skip(kFrame, 8) || reader.skip(kMemoize, 0) || reader.skip(kBinput, 1) ||
         reader.skip(kLongBinput, 4)) {
  }
  if (!reader.skip(kStop, 0)) return refused_pickle(reader.rest());
  if (!reader.rest().empty()) {
    return fail(ErrorCode::BadInput, "there are bytes behind the pickle");
  }
  return std::string(*text);
}

Result<std::vector<LiveCodeBenchTest>> read_livecodebench_tests(std::string_view text) {
  std::string unpacked;
  if (!trim(text).starts_with('[')) {
    const std::string packed = EVAL_TRY(decode_base64(trim(text)));
    const std::string pickle = EVAL_TRY(inflate(packed, kTestsMax));
    unpacked = EVAL_TRY(read_pickled_string(pickle));
    text = unpacked;
  }
  const Json list = EVAL_TRY(parse_json(text, "tests"));
  if (!list.is_array()) return fail(ErrorCode::BadInput, "the tests are not a list");
  if (list.size() > kTestsPerProblemMax) {
    return fail(ErrorCode::BadInput,
                fmt::format("there are {} tests, more than {}", list.size(), kTestsPerProblemMax));
  }
  std::vector<LiveCodeBenchTest> tests;
  for (const Json& entry : list) {
    tests.push_back(EVAL_TRY(read_test(entry, tests.size() + 1)));
  }
  return tests;
}

Result<LiveCodeBenchRow> read_livecodebench_row(std::string_view line, std::string_view where) {
  std::optional<std::string_view> packed;
  const Json json = EVAL_TRY(parse_row(line, where, packed));
  LiveCodeBenchMembers reader(json, where);
  LiveCodeBenchRow row;
  row.facts.question_id = reader.text("question_id");
  row.facts.platform = reader.one_of("platform", {"leetcode", "atcoder", "codeforces"});
  row.facts.difficulty = reader.one_of("difficulty", {"easy", "medium", "hard"});
  row.facts.date = reader.text("contest_date").substr(0, 10);
  // Only passed on, so a row without it is no worse.
  const std::string contest = read_string(json, "contest_id").value_or("");
  if (is_plain_id(contest)) row.facts.contest_id = contest;
  row.title = reader.text("question_title");
  row.statement = reader.text("question_content");
  row.starter_code = reader.text("starter_code");
  row.public_tests = reader.text("public_test_cases");
  row.private_tests = packed ? std::string(*packed) : reader.text("private_test_cases");
  const auto function = function_of(reader.text("metadata"));
  if (!function) reader.fault("\"metadata\": " + function.error().what);
  if (!row.facts.date.empty() && !is_livecodebench_day(row.facts.date)) {
    reader.fault(fmt::format("\"contest_date\" is \"{}\", not a date", row.facts.date));
  }
  if (!row.facts.question_id.empty() && !is_plain_id(row.facts.question_id)) {
    reader.fault(fmt::format("\"question_id\" is \"{}\", which cannot name a problem",
                             shorten(row.facts.question_id, 40)));
  }
  EVAL_TRY(reader.end());
  row.function_name = *function;
  return row;
}

Result<std::vector<Testcase>> unpack_tests(const LiveCodeBenchRow& row, const fs::path& folder) {
  if (auto known = read_index(folder)) return *std::move(known);
  std::vector<LiveCodeBenchTest> tests =
      EVAL_TRY_IN(read_livecodebench_tests(row.public_tests), "public_test_cases");
  const std::size_t publics = tests.size();
  auto privates = EVAL_TRY_IN(read_livecodebench_tests(row.private_tests), "private_test_cases");
  std::move(privates.begin(), privates.end(), std::back_inserter(tests));

  EVAL_TRY(make_directories(folder));
  std::vector<Testcase> testcases;
  Json entries = Json::array();
  for (std::size_t i = 0; i < tests.size(); ++i) {
    Testcase testcase = testcase_at(folder, i, publics);
    testcase.input = data_file(testcase.input.path, tests[i].input);
    testcase.answer = data_file(testcase.answer.path, tests[i].output);
    EVAL_TRY(write_plainly(testcase.input.path, tests[i].input));
    EVAL_TRY(write_plainly(testcase.answer.path, tests[i].output));
    entries.push_back(index_entry(testcase));
    testcases.push_back(std::move(testcase));
  }
  // Last: a folder without it is not used.
  const Json index = {{"version", kIndexVersion}, {"public", publics}, {"tests", entries}};
  EVAL_TRY(write_file(folder / "index.json", to_json_line(index)));
  return testcases;
}

}  // namespace eval::problems
