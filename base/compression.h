#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

// zlib and base64, wrapped.
namespace eval {

// The content of a zlib or gzip stream (told from its header). BadInput if it is damaged, cut short,
// followed by other bytes, or larger than `limit` when unpacked.
Result<std::string> inflate(std::string_view data, Bytes limit);

// RFC 4648 with padding; nothing else is allowed between the characters. BadInput otherwise.
Result<std::string> decode_base64(std::string_view text);

// Reads a text file line by line, gzip or plain (told from its content). Move-only.
class LineReader {
 public:
  // A longer line is BadInput: what is read here are rows of data sets, the largest near 200 MB.
  static constexpr Bytes kLineMax = Bytes::gib(1);

  static Result<LineReader> open(const fs::path& path);
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;
  ~LineReader();

  // Puts the next line, without its end ("\n" or "\r\n"), into `line`; false at the end of the file.
  Result<bool> next(std::string& line);

 private:
  struct State;
  explicit LineReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace eval
