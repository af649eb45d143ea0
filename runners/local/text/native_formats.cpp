// The sources of the formats are the templates that the publishers put beside their checkpoints
// (tokenizer_config.json); what each of them does to a conversation of system, user and assistant
// turns without tools is written out here.
#include "runners/local/text/native_formats.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runners/local/text/unicode.h"

namespace eval::runners::local {
namespace {

constexpr std::string_view kThink = "<think>";
constexpr std::string_view kEndThink = "</think>";

void markup(std::vector<ChatPiece>& pieces, std::string text) {
  pieces.push_back({std::move(text), true});
}
void content(std::vector<ChatPiece>& pieces, std::string_view text) {
  pieces.push_back({std::string(text), false});
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string_view strip_newlines(std::string_view text, bool left, bool right) {
  while (left && text.starts_with('\n')) text.remove_prefix(1);
  while (right && text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

std::string_view after_last(std::string_view text, std::string_view separator) {
  const std::size_t at = text.rfind(separator);
  return at == std::string_view::npos ? text : text.substr(at + separator.size());
}

std::string_view before_first(std::string_view text, std::string_view separator) {
  return text.substr(0, text.find(separator));
}

std::optional<std::size_t> last_user_turn(const std::vector<Message>& messages) {
  for (std::size_t i = messages.size(); i > 0; --i) {
    if (messages[i - 1].role == Role::User) return i - 1;
  }
  return std::nullopt;
}

void open_chatml(std::vector<ChatPiece>& pieces, Role role) {
  markup(pieces, "<|im_start|>" + std::string(role_name(role)) + "\n");
}
void close_chatml(std::vector<ChatPiece>& pieces) {
  markup(pieces, "<|im_end|>\n");
}
void chatml_turn(std::vector<ChatPiece>& pieces, Role role, std::string_view text) {
  open_chatml(pieces, role);
  if (role == Role::Assistant) {
    append_assistant_text(text, pieces);
  } else {
    content(pieces, text);
  }
  close_chatml(pieces);
}

// Nemotron 3 Nano and Nemotron-Cascade 2. The system block is written even if it is empty.
std::vector<ChatPiece> write_chatml_thinking(const Prompt& prompt, const ChatOptions& options,
                                             std::string_view) {
  std::vector<ChatPiece> pieces;
  const std::vector<Message>& messages = prompt.messages;
  const bool has_system = !messages.empty() && messages.front().role == Role::System;
  chatml_turn(pieces, Role::System, has_system ? messages.front().content : std::string_view());
  const auto last_user = last_user_turn(messages);
  for (std::size_t i = has_system ? 1 : 0; i < messages.size(); ++i) {
    const Message& message = messages[i];
    if (message.role != Role::Assistant) {
      chatml_turn(pieces, message.role, message.content);
      continue;
    }
    std::string text = message.content;
    if (!holds(text, kThink) && !holds(text, kEndThink)) text = "<think></think>" + text;
    const bool earlier = last_user && i < *last_user;
    if (options.truncate_history_reasoning && earlier && holds(text, kThink) &&
        holds(text, kEndThink)) {
      text = "<think></think>" + std::string(after_last(text, kEndThink));
    }
    chatml_turn(pieces, Role::Assistant, python_strip(text));
  }
  markup(pieces, options.thinking ? "<|im_start|>assistant\n<think>\n"
                                  : "<|im_start|>assistant\n<think></think>");
  return pieces;
}

// Qwen3 with its thinking switch. Reasoning is kept in turns after the last user turn only.
std::vector<ChatPiece> write_qwen3(const Prompt& prompt, const ChatOptions& options,
                                   std::string_view) {
  std::vector<ChatPiece> pieces;
  const std::vector<Message>& messages = prompt.messages;
  const std::size_t last_user =
      last_user_turn(messages).value_or(messages.empty() ? 0 : messages.size() - 1);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Message& message = messages[i];
    if (message.role != Role::Assistant) {
      chatml_turn(pieces, message.role, message.content);
      continue;
    }
    std::string_view answer = message.content;
    std::string_view reasoning;
    if (holds(answer, kEndThink)) {
      reasoning = strip_newlines(before_first(answer, kEndThink), false, true);
      reasoning = strip_newlines(after_last(reasoning, kThink), true, false);
      answer = strip_newlines(after_last(answer, kEndThink), true, false);
    }
    open_chatml(pieces, Role::Assistant);
    if (i > last_user && (i + 1 == messages.size() || !reasoning.empty())) {
      markup(pieces, "<think>\n");
      append_assistant_text(strip_newlines(reasoning, true, true), pieces);
      markup(pieces, "\n</think>\n\n");
      answer = strip_newlines(answer, true, false);
    }
    append_assistant_text(answer, pieces);
    close_chatml(pieces);
  }
  markup(pieces, "<|im_start|>assistant\n");
  if (!options.thinking) markup(pieces, "<think>\n\n</think>\n\n");
  return pieces;
}

std::vector<ChatPiece> write_chatml(const Prompt& prompt, const ChatOptions&, std::string_view) {
  std::vector<ChatPiece> pieces;
  for (const Message& message : prompt.messages) {
    chatml_turn(pieces, message.role, message.content);
  }
  markup(pieces, "<|im_start|>assistant\n");
  return pieces;
}

// Qwen2.5: ChatML with a system text of its own where the conversation has none.
std::vector<ChatPiece> write_qwen25(const Prompt& prompt, const ChatOptions& options,
                                    std::string_view bos) {
  if (!prompt.messages.empty() && prompt.messages.front().role == Role::System) {
    return write_chatml(prompt, options, bos);
  }
  Prompt with_system = prompt;
  with_system.messages.insert(
      with_system.messages.begin(),
      {Role::System, "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."});
  return write_chatml(with_system, options, bos);
}

void llama_turn(std::vector<ChatPiece>& pieces, const Message& message) {
  markup(pieces,
         "<|start_header_id|>" + std::string(role_name(message.role)) + "<|end_header_id|>\n\n");
  if (message.role == Role::Assistant) {
    append_assistant_text(python_strip(message.content), pieces);
  } else {
    content(pieces, python_strip(message.content));
  }
  markup(pieces, "<|eot_id|>");
}

std::vector<ChatPiece> write_llama3(const Prompt& prompt, const ChatOptions&,
                                    std::string_view bos) {
  std::vector<ChatPiece> pieces;
  if (!prompt.messages.empty()) markup(pieces, std::string(bos));
  for (const Message& message : prompt.messages) llama_turn(pieces, message);
  markup(pieces, "<|start_header_id|>assistant<|end_header_id|>\n\n");
  return pieces;
}

// Llama 3.1: two dates in front of the system text. They are the template's own, not today's.
std::vector<ChatPiece> write_llama31(const Prompt& prompt, const ChatOptions&,
                                     std::string_view bos) {
  std::vector<ChatPiece> pieces;
  const std::vector<Message>& messages = prompt.messages;
  const bool has_system = !messages.empty() && messages.front().role == Role::System;
  markup(pieces, std::string(bos) +
                     "<|start_header_id|>system<|end_header_id|>\n\n"
                     "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n");
  if (has_system) content(pieces, python_strip(messages.front().content));
  markup(pieces, "<|eot_id|>");
  for (std::size_t i = has_system ? 1 : 0; i < messages.size(); ++i) {
    llama_turn(pieces, messages[i]);
  }
  markup(pieces, "<|start_header_id|>assistant<|end_header_id|>\n\n");
  return pieces;
}

bool strippable(char32_t c) {
  return is_white_space(c) || (c >= 0x1c && c <= 0x1f);  // Python adds the ASCII separators
}

}  // namespace

std::span<const NativeFormat> native_formats() {
  static const std::array<NativeFormat, 6> kFormats = {{
      {"chatml-thinking",
       {"<|im_start|>", "<|im_end|>", "enable_thinking", "truncate_history_thinking",
        "<think></think>"},
       {},
       {"<|im_start|>", "<|im_end|>", "<think>", "</think>"},
       "<|im_end|>",
       write_chatml_thinking},
      {"qwen3",
       {"<|im_start|>", "<|im_end|>", "enable_thinking", "last_query_index",
        R"(<think>\n\n</think>\n\n)"},
       {"truncate_history_thinking", "You are Qwen"},
       {"<|im_start|>", "<|im_end|>", "<think>", "</think>"},
       "<|im_end|>",
       write_qwen3},
      {"qwen2.5",
       {"<|im_start|>", "<|im_end|>",
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."},
       {"<think>", "enable_thinking"},
       {"<|im_start|>", "<|im_end|>"},
       "<|im_end|>",
       write_qwen25},
      {"chatml",
       {"<|im_start|>", "<|im_end|>"},
       {"think", "You are", "default", "strip", "trim", "raise_exception", "bos_token",
        "<|im_sep|>"},
       {"<|im_start|>", "<|im_end|>"},
       "<|im_end|>",
       write_chatml},
      {"llama-3",
       {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "bos_token", "trim"},
       {"Cutting Knowledge", "strftime_now", "think", "You are"},
       {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
       "<|eot_id|>",
       write_llama3},
      {"llama-3.1",
       {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "bos_token", "trim",
        "Cutting Knowledge Date: December 2023", "26 Jul 2024"},
       {"strftime_now", "think"},
       {"<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"},
       "<|eot_id|>",
       write_llama31},
  }};
  return kFormats;
}

const NativeFormat* recognize_format(std::string_view chat_template, const Tokenizer& tokenizer) {
  const auto in_template = [chat_template](std::string_view part) {
    return holds(chat_template, part);
  };
  const auto is_control = [&tokenizer](std::string_view token) {
    const auto id = tokenizer.token_id(token);
    return id && tokenizer.is_special(*id);
  };
  for (const NativeFormat& format : native_formats()) {
    if (std::all_of(format.fragments.begin(), format.fragments.end(), in_template) &&
        std::none_of(format.foreign.begin(), format.foreign.end(), in_template) &&
        std::all_of(format.control_tokens.begin(), format.control_tokens.end(), is_control)) {
      return &format;
    }
  }
  return nullptr;
}

void append_assistant_text(std::string_view text, std::vector<ChatPiece>& pieces) {
  while (!text.empty()) {
    const std::size_t at = std::min(text.find(kThink), text.find(kEndThink));
    if (at > 0) content(pieces, text.substr(0, at));
    if (at == std::string_view::npos) return;
    const std::string_view tag = text.substr(at).starts_with(kThink) ? kThink : kEndThink;
    markup(pieces, std::string(tag));
    text.remove_prefix(at + tag.size());
  }
}

std::string_view python_strip(std::string_view text) {
  while (!text.empty()) {
    const Utf8Character first = read_utf8(text);
    if (first.status != Utf8Status::Whole || !strippable(first.code_point)) break;
    text.remove_prefix(first.bytes);
  }
  while (!text.empty()) {
    std::size_t start = text.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80) --start;
    const Utf8Character last = read_utf8(text.substr(start));
    if (last.status != Utf8Status::Whole || !strippable(last.code_point)) break;
    text = text.substr(0, start);
  }
  return text;
}

}  // namespace eval::runners::local
