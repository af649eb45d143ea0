#include "runners/sse_parser.h"

#include <utility>

namespace eval::runners {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::vector<std::string> SseParser::feed(std::string_view piece) {
  while (!piece.empty()) {
    // "\r\n" is one line end even when the piece was cut between the two.
    if (std::exchange(after_carriage_return_, false) && piece.front() == '\n') {
      piece.remove_prefix(1);
      continue;
    }
    const std::size_t end = piece.find_first_of("\r\n");
    line_ += piece.substr(0, end);
    if (end == std::string_view::npos) break;
    after_carriage_return_ = piece[end] == '\r';
    piece.remove_prefix(end + 1);
    end_line();
  }
  return std::exchange(complete_, {});
}

std::optional<std::string> SseParser::finish() {
  if (!line_.empty()) end_line();
  return std::exchange(data_, std::nullopt);
}

void SseParser::end_line() {
  const std::string whole = std::exchange(line_, {});
  std::string_view line = whole;
  if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) {
    dispatch();
    return;
  }
  const std::size_t colon = line.find(':');
  if (line.substr(0, colon) != "data") return;
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (data_) {
    *data_ += '\n';
    *data_ += value;
  } else {
    data_ = std::string(value);
  }
}

void SseParser::dispatch() {
  if (data_) complete_.push_back(*std::exchange(data_, std::nullopt));
}

}  // namespace eval::runners
