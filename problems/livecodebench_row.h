#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "problems/livecodebench.h"
#include "problems/problem.h"

// One row of a LiveCodeBench release file. Pure, but for unpack_tests().
namespace eval::problems {

struct LiveCodeBenchTest {
  std::string input;
  std::string output;
  friend bool operator==(const LiveCodeBenchTest&, const LiveCodeBenchTest&) = default;
};

struct LiveCodeBenchRow {
  LiveCodeBenchFacts facts;
  std::string title;
  std::string statement;
  std::string starter_code;
  std::string function_name;  // empty: a program that reads standard input
  std::string public_tests;   // as written: JSON text
  std::string private_tests;  // as written: JSON text, or base64 of zlib of a pickled string
};

// BadInput names every member that is missing or malformed. Tests stay packed.
Result<LiveCodeBenchRow> read_livecodebench_row(std::string_view line, std::string_view where);

// The tests in `text`: a JSON list of {input, output}, or base64 of zlib of a pickle of a string that
// holds one. BadInput otherwise.
Result<std::vector<LiveCodeBenchTest>> read_livecodebench_tests(std::string_view text);

// The one string of a Python pickle. Nothing is ever executed: only the instructions that a pickled
// string consists of are known (PROTO, FRAME, SHORT_BINUNICODE, BINUNICODE, BINUNICODE8, MEMOIZE,
// BINPUT, LONG_BINPUT, STOP), in that order, and everything else is BadInput by name of its byte.
Result<std::string> read_pickled_string(std::string_view pickle);

// The public tests, then the private ones, as testcases whose files lie below `folder`, which is named
// by content: made whole or not at all, and reused when it is there.
Result<std::vector<Testcase>> unpack_tests(const LiveCodeBenchRow& row, const fs::path& folder);

}  // namespace eval::problems
