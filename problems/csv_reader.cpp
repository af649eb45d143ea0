#include "problems/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace eval::problems {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Scanner {
 public:
  Scanner(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  bool done() const { return at_ >= text_.size(); }
  std::size_t line() const { return line_; }
  // Why the last record is malformed; empty if it is not.
  const std::string& fault() const { return fault_; }

  // One record; a line without anything on it is one empty field.
  Result<std::vector<std::string>> record() {
    fault_.clear();
    std::vector<std::string> fields;
    while (true) {
      std::string field;
      if (!done() && text_[at_] == '"') field = EVAL_TRY(quoted());
      field += bare();
      fields.push_back(std::move(field));
      if (done()) return fields;
      const char end = text_[at_++];
      if (end == ',') continue;
      if (end == '\r' && !done() && text_[at_] == '\n') ++at_;
      ++line_;
      return fields;
    }
  }

 private:
  static bool ends_field(char c) { return c == ',' || c == '\n' || c == '\r'; }

  // Up to the end of the field. Behind a closing quote there should be nothing.
  std::string_view bare() {
    const std::size_t start = at_;
    const bool after_quote = at_ > 0 && text_[at_ - 1] == '"';
    while (!done() && !ends_field(text_[at_])) {
      if (text_[at_] == '"') fault_ = "a quote stands inside a field that is not quoted";
      ++at_;
    }
    if (after_quote && at_ > start) fault_ = "something follows the closing quote of a field";
    return text_.substr(start, at_ - start);
  }

  Result<std::string> quoted() {
    const std::size_t opened = line_;
    std::string value;
    for (++at_; !done(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        const bool is_doubled = !done() && text_[at_] == '"';
        if (!is_doubled) return value;
      }
      if (c == '\n') ++line_;
      value += c;
    }
    return fail(ErrorCode::BadInput, "a quoted field is not closed",
                fmt::format("{}: line {}", where_, opened));
  }

  std::string_view text_;
  const std::string& where_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::string fault_;
};

}  // namespace

std::string_view CsvRow::cell(std::string_view column) const {
  const auto found = cells.find(column);
  return found == cells.end() ? std::string_view() : std::string_view(found->second);
}

bool CsvTable::has(std::string_view column) const {
  return std::ranges::find(columns, column) != columns.end();
}

Result<CsvTable> read_csv(std::string_view text, const std::string& where) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Scanner scanner(text, where);
  CsvTable table;
  if (scanner.done()) return fail(ErrorCode::BadInput, "the file is empty", where);
  table.columns = EVAL_TRY(scanner.record());
  if (std::set<std::string>(table.columns.begin(), table.columns.end()).size() !=
      table.columns.size()) {
    return fail(ErrorCode::BadInput, "two columns have the same name", where + ": line 1");
  }
  while (!scanner.done()) {
    CsvRow row;
    row.line = scanner.line();
    std::vector<std::string> fields = EVAL_TRY(scanner.record());
    if (fields.size() == 1 && fields.front().empty()) continue;
    std::string fault = scanner.fault();
    if (fault.empty() && fields.size() != table.columns.size()) {
      fault = fmt::format("the record has {} fields, and the heading has {}", fields.size(),
                          table.columns.size());
    }
    if (!fault.empty()) {
      table.malformed.push_back(Error{ErrorCode::BadInput,
                                      std::move(fault),
                                      fmt::format("{}: line {}", where, row.line),
                                      "mend the record in a copy of the file",
                                      0,
                                      {}});
      continue;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      row.cells.emplace(table.columns[i], std::move(fields[i]));
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace eval::problems
