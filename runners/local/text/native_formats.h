#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runners/local/text/chat_format.h"
#include "runners/runner.h"

namespace eval::runners::local {

// A part of a written conversation: the format's own words, in which control tokens count, or the
// content of a message, in which they are text.
struct ChatPiece {
  std::string text;
  bool markup = false;
};

// A family of chat templates that is written without Jinja.
struct NativeFormat {
  std::string_view name;
  // Literal parts that every template of the family has, as written in it ("\n" is two characters).
  std::vector<std::string_view> fragments;
  // Literal parts that tell its relatives apart.
  std::vector<std::string_view> foreign;
  std::vector<std::string_view> control_tokens;  // must be in the vocabulary
  std::string_view end_of_turn;
  // The conversation up to where the model begins to write. `bos` is the text of that token, or "".
  std::vector<ChatPiece> (*write)(const Prompt& prompt, const ChatOptions& options,
                                  std::string_view bos);
};

std::span<const NativeFormat> native_formats();

// The family that `chat_template` belongs to, or nullptr.
const NativeFormat* recognize_format(std::string_view chat_template, const Tokenizer& tokenizer);

// Appends the content of an assistant's turn: "<think>" and "</think>" count as markup in it.
void append_assistant_text(std::string_view content, std::vector<ChatPiece>& pieces);

// Without the white space at both ends, as Python's str.strip() and Jinja's trim see it.
std::string_view python_strip(std::string_view text);

}  // namespace eval::runners::local
