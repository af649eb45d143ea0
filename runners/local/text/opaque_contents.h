#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "runners/local/text/native_formats.h"
#include "runners/runner.h"

namespace eval::runners::local {

// Keeps the contents of messages out of a template's sight, so that nothing in them can end up as
// markup: a template sees a word of private-use characters in the place of each content, and the
// content comes back after rendering, as a piece of its own.
//
// What templates do to contents still works where it can be trusted: white space at both ends stays
// outside of the word (so trim works), and so do "<think>" and "</think>" of an assistant's turn
// (so that reasoning can be cut). A template that looks for anything else in a content, such as
// "/no_think" or "<tool_response>" in a user's turn, does not find it.
class OpaqueContents {
 public:
  // The messages as a template's variable, contents hidden.
  Json hide(const std::vector<Message>& messages);
  // The rendered text in pieces. BadInput if the template took a word apart.
  Result<std::vector<ChatPiece>> restore(std::string_view rendered) const;

 private:
  std::string word_for(std::string_view text);
  std::string hide_text(std::string_view text);

  std::vector<std::string> hidden_;
};

}  // namespace eval::runners::local
