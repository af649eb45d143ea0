#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "runners/http_runner.h"
#include "runners/local/text/generation_config.h"
#include "runners/local/text/template_renderer.h"
#include "runners/local/text/tokenizer.h"
#include "runners/runner.h"

namespace eval::runners::local {

struct ChatOptions {
  bool thinking = true;                    // let the model reason before it answers
  bool truncate_history_reasoning = true;  // earlier assistant turns keep their answers only
  friend bool operator==(const ChatOptions&, const ChatOptions&) = default;
};

// Reasoning and answer of a reply.
using ReplyParts = SplitReply;

// How a checkpoint wants a conversation written: from its chat template (chat_template.jinja, else
// `chat_template` of tokenizer_config.json).
//
// A template of a family that is known here is written natively: "chatml-thinking" (Nemotron),
// "qwen3", "qwen2.5", "chatml", "llama-3", "llama-3.1". A family is recognised by literal fragments
// of the template and by its control tokens being in the vocabulary; with a renderer at hand the
// native form must also equal what the template itself makes of a set of probe conversations. Any
// other template goes through the renderer ("jinja").
//
// Only the template's own markup becomes control tokens. The contents of messages are encoded as
// text, so that a problem statement cannot close its own turn. (The tags "<think>" and "</think>"
// of an assistant's turn, which the model itself wrote, are the exception.)
//
// Immutable and thread-safe, if the renderer is.
class ChatFormat {
 public:
  // Unsupported if the checkpoint has no chat template, or one that needs a renderer and there is
  // none. The renderer may be empty.
  static Result<ChatFormat> from_checkpoint(const fs::path& dir, const Tokenizer& tokenizer,
                                            TemplateRenderer renderer = {});

  std::string_view name() const;
  // The native form was compared with the template (always true for "jinja").
  bool verified() const;

  // The conversation up to where the model begins to write, as token ids.
  Result<std::vector<TokenId>> encode(const Prompt& prompt, const ChatOptions& options = {}) const;
  // The same as text, to show to a person.
  Result<std::string> render(const Prompt& prompt, const ChatOptions& options = {}) const;

  // Any of these ends a turn: the end-of-turn token of the template, and generation_config's.
  const std::vector<TokenId>& stop_ids() const;

  // Reasoning and answer of the decoded `reply` (without its stop token). Where the prompt ends in
  // an opened "<think>", a reply without a closing tag is all reasoning.
  ReplyParts split(std::string_view reply, const ChatOptions& options = {}) const;

  struct Impl;

 private:
  explicit ChatFormat(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace eval::runners::local
