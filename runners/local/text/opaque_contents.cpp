#include "runners/local/text/opaque_contents.h"

#include "base/text.h"
#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

// Supplementary private-use characters: no template has a rule about them, and none is white space.
constexpr char32_t kOpen = 0xf5e00;
constexpr char32_t kClose = 0xf5e01;
constexpr char32_t kDigitZero = 0xf5e10;

bool is_ours(char32_t code_point) {
  return code_point >= kOpen && code_point < kDigitZero + 10;
}

}  // namespace

std::string OpaqueContents::word_for(std::string_view text) {
  std::string word;
  append_utf8(word, kOpen);
  for (const char digit : std::to_string(hidden_.size())) {
    append_utf8(word, kDigitZero + static_cast<char32_t>(digit - '0'));
  }
  append_utf8(word, kClose);
  hidden_.emplace_back(text);
  return word;
}

std::string OpaqueContents::hide_text(std::string_view text) {
  const std::string_view core = python_strip(text);
  if (core.empty()) return std::string(text);
  const auto start = static_cast<std::size_t>(core.data() - text.data());
  return std::string(text.substr(0, start)) + word_for(core) +
         std::string(text.substr(start + core.size()));
}

Json OpaqueContents::hide(const std::vector<Message>& messages) {
  Json list = Json::array();
  for (const Message& message : messages) {
    const std::string valid = to_valid_utf8(message.content);
    std::string shown;
    if (message.role == Role::Assistant) {
      std::vector<ChatPiece> pieces;
      append_assistant_text(valid, pieces);
      for (const ChatPiece& piece : pieces)
        shown += piece.markup ? piece.text : hide_text(piece.text);
    } else {
      shown = hide_text(valid);
    }
    list.push_back({{"role", role_name(message.role)}, {"content", shown}});
  }
  return list;
}

Result<std::vector<ChatPiece>> OpaqueContents::restore(std::string_view rendered) const {
  std::vector<ChatPiece> pieces;
  std::string own;
  const Failure broken = fail(ErrorCode::BadInput,
                              "the chat template takes the content of a message apart, which would "
                              "let that content pass for markup",
                              {}, "only templates that write contents whole can be used");
  std::size_t index = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < rendered.size();) {
    const Utf8Character character = read_utf8(rendered.substr(at));
    const std::string_view bytes = rendered.substr(at, character.bytes);
    at += character.bytes;
    if (character.status != Utf8Status::Whole || !is_ours(character.code_point)) {
      if (in_word) return broken;
      own += bytes;
    } else if (character.code_point == kOpen && !in_word) {
      in_word = true;
      index = 0;
    } else if (character.code_point >= kDigitZero && in_word && index < hidden_.size()) {
      index = index * 10 + (character.code_point - kDigitZero);
    } else if (character.code_point == kClose && in_word && index < hidden_.size()) {
      in_word = false;
      if (!own.empty()) pieces.push_back({std::move(own), true});
      own.clear();
      pieces.push_back({hidden_[index], false});
    } else {
      return broken;
    }
  }
  if (in_word) return broken;
  if (!own.empty()) pieces.push_back({std::move(own), true});
  return pieces;
}

}  // namespace eval::runners::local
