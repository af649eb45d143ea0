#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace eval::runners::local {

// Looks for stop texts in a text that comes in pieces. What may be the beginning of one is held back; from
// the first one found on nothing is passed. Of several that begin at different places the earliest
// counts.
class StopTexts {
 public:
  // Empty texts stop nothing.
  explicit StopTexts(std::vector<std::string> texts);
  // The text that is certain now.
  std::string feed(std::string_view piece);
  // What was held back, at the end of the text.
  std::string finish();
  bool stopped() const { return stopped_; }

 private:
  std::vector<std::string> texts_;
  std::string held_;
  bool stopped_ = false;
};

}  // namespace eval::runners::local
