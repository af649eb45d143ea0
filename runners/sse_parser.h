#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eval::runners {

// Server-sent events (WHATWG HTML, section 9.2.6) out of a stream cut anywhere: in the middle of a
// line, of "\r\n" or of a UTF-8 sequence. Of each event only the data is kept; comments and other
// fields are dropped. Lines end in "\n", "\r\n" or "\r".
class SseParser {
 public:
  // The data of the events that `piece` completes. Several data lines of one event are joined by
  // "\n".
  std::vector<std::string> feed(std::string_view piece);

  // At the end of the stream: an event whose closing blank line never came, for servers that leave
  // it out. A stream cut in the middle leaves half an event here, which is no JSON then.
  std::optional<std::string> finish();

 private:
  void end_line();
  void dispatch();

  std::string line_;
  std::optional<std::string> data_;  // of the event so far
  std::vector<std::string> complete_;
  bool after_carriage_return_ = false;
  bool first_line_ = true;
};

}  // namespace eval::runners
