#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace eval::problems {

// One record of a CSV file by column name, and the line it starts on.
struct CsvRow {
  std::size_t line = 0;
  std::map<std::string, std::string, std::less<>> cells;
  // The cell of `column`; empty where the file has no such column.
  std::string_view cell(std::string_view column) const;
};

struct CsvTable {
  std::vector<std::string> columns;
  std::vector<CsvRow> rows;
  std::vector<Error> malformed;  // records that are not in `rows`, each with its line
  bool has(std::string_view column) const;
};

// Reads a table as RFC 4180 defines it: the first record names the columns, quoted fields may hold
// commas, quotes ("") and line breaks, lines end in LF or CRLF. A byte order mark is skipped and empty
// lines between records are too.
//
// A record of another length than the heading, or with a quote where none may be, is `malformed`, and
// reading goes on after it: published tables have such records (AnswerBench has one), and readers that
// guess give them the wrong columns. BadInput for an empty file, a quote that is never closed and two
// columns of one name.
Result<CsvTable> read_csv(std::string_view text, const std::string& where);

}  // namespace eval::problems
