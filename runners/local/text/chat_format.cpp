#include "runners/local/text/chat_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "runners/local/text/native_formats.h"
#include "runners/local/text/opaque_contents.h"

namespace eval::runners::local {
namespace {

// Published templates have some 10 KB.
constexpr Bytes kTemplateLimit = Bytes::mib(1);
constexpr Bytes kConfigLimit = Bytes::mib(16);

// What a checkpoint says about chats.
struct ChatFiles {
  std::string chat_template;
  std::string where;
  Json tokens = Json::object();  // bos_token, eos_token, ...: text by name, for the template
};

// "<s>", or {"content": "<s>", ...}.
std::optional<std::string> token_text(const Json& config, std::string_view key) {
  const Json* member = find_member(config, key);
  if (member != nullptr && member->is_object()) member = find_member(*member, "content");
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

// The template of tokenizer_config.json: a text, or a list of named ones, of which "default"
// counts.
Result<std::string> template_of(const Json& config) {
  const Json* member = find_member(config, "chat_template");
  if (member == nullptr) return std::string();
  if (member->is_string()) return member->get<std::string>();
  if (member->is_array()) {
    for (const Json& each : *member) {
      if (EVAL_TRY(read_string(each, "name")) == "default") return read_string(each, "template");
    }
  }
  return fail(ErrorCode::BadInput,
              "\"chat_template\" should be a text, or a list with one named \"default\"");
}

Result<ChatFiles> read_chat_files(const fs::path& dir) {
  ChatFiles files;
  std::error_code error;
  const fs::path config_path = dir / "tokenizer_config.json";
  Json config = Json::object();
  if (fs::exists(config_path, error)) {
    const std::string text = EVAL_TRY(read_file(config_path, kConfigLimit));
    config = EVAL_TRY(parse_json(text, config_path.string()));
  }
  for (const std::string_view key : {"bos_token", "eos_token", "pad_token", "unk_token"}) {
    if (auto text = token_text(config, key)) files.tokens[std::string(key)] = std::move(*text);
  }
  const fs::path own_file = dir / "chat_template.jinja";
  if (fs::exists(own_file, error)) {
    files.chat_template = EVAL_TRY(read_file(own_file, kTemplateLimit));
    files.where = own_file.string();
  } else {
    files.chat_template = EVAL_TRY_IN(template_of(config), config_path.string());
    files.where = config_path.string();
  }
  if (files.chat_template.empty()) {
    return fail(ErrorCode::Unsupported, "the checkpoint has no chat template", dir.string(),
                "a base model cannot hold a conversation; take its \"instruct\" or \"chat\" kin");
  }
  if (files.chat_template.size() > kTemplateLimit.count) {
    return fail(ErrorCode::BadInput, "the chat template is larger than 1 MiB", files.where);
  }
  return files;
}

Json template_variables(const ChatFiles& files, Json messages, const ChatOptions& options) {
  Json variables = files.tokens;
  variables["messages"] = std::move(messages);
  variables["add_generation_prompt"] = true;
  // transformers passes these two whether or not there are any.
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  variables["enable_thinking"] = options.thinking;
  variables["thinking"] = options.thinking;  // DeepSeek's name for it
  variables["truncate_history_thinking"] = options.truncate_history_reasoning;
  return variables;
}

std::string joined(const std::vector<ChatPiece>& pieces) {
  std::string text;
  for (const ChatPiece& piece : pieces) text += piece.text;
  return text;
}

// Conversations on which a native form must equal the template: every rule of the families above
// that contents of system, user and assistant turns can reach.
std::vector<Prompt> probe_conversations() {
  const Message system{Role::System, "Be \"brief\".\n"};
  const Message user{Role::User, " \n1 < 2?  "};
  const Message plain{Role::Assistant, "\n Yes. \n"};
  const Message reasoned{Role::Assistant, "<think>\nOne is less.\n\n</think>\n\n Yes.\n"};
  const Message closed_only{Role::Assistant, "One is less.\n</think>\nYes."};
  const Message doubled{Role::Assistant, "<think>a</think>b<think>c</think>\n\nd"};
  return {{{user}},
          {{system, user}},
          {{user, plain, user}},
          {{system, user, reasoned, user, plain, user}},
          {{system, user, reasoned}},
          {{user, plain}},
          {{user, reasoned, plain, user, reasoned, plain}},
          {{user, closed_only, user, doubled, user}},
          {{user, doubled}}};
}

std::vector<ChatOptions> all_options() {
  return {{true, true}, {true, false}, {false, true}, {false, false}};
}

// Whether the template makes of every probe what the native form does.
Result<bool> equals_template(const NativeFormat& format, const ChatFiles& files,
                             std::string_view bos, const TemplateRenderer& renderer) {
  std::vector<Json> variables;
  std::vector<std::string> expected;
  for (const Prompt& prompt : probe_conversations()) {
    for (const ChatOptions& options : all_options()) {
      Json messages = Json::array();
      for (const Message& message : prompt.messages) {
        messages.push_back({{"role", role_name(message.role)}, {"content", message.content}});
      }
      variables.push_back(template_variables(files, std::move(messages), options));
      expected.push_back(joined(format.write(prompt, options, bos)));
    }
  }
  const auto rendered = EVAL_TRY(renderer(files.chat_template, variables));
  return rendered == expected;
}

bool ends_in_think(std::string_view rendered) {
  return python_strip(rendered).ends_with("<think>");
}

}  // namespace

struct ChatFormat::Impl {
  ChatFiles files;
  Tokenizer tokenizer;
  TemplateRenderer renderer;
  const NativeFormat* native = nullptr;  // nullptr: by the renderer
  bool verified = true;
  std::string bos = {};
  std::vector<TokenId> stop_ids = {};
  bool opens_reasoning = false;          // the prompt ends in "<think>" with thinking on
  bool opens_reasoning_unasked = false;  // and with thinking off

  Result<std::vector<ChatPiece>> write(const Prompt& prompt, const ChatOptions& options) const;
  Result<void> choose();
  Result<void> learn_prompt_end();
  void collect_stop_ids(const GenerationDefaults& defaults);
};

Result<std::vector<ChatPiece>> ChatFormat::Impl::write(const Prompt& prompt,
                                                       const ChatOptions& options) const {
  if (native != nullptr) return native->write(prompt, options, bos);
  OpaqueContents contents;
  const Json variables = template_variables(files, contents.hide(prompt.messages), options);
  const auto rendered = EVAL_TRY_IN(renderer(files.chat_template, {variables}), files.where);
  if (rendered.size() != 1) {
    return fail(ErrorCode::Internal, "the renderer of chat templates gave no text", files.where);
  }
  auto pieces = contents.restore(rendered.front());
  if (!pieces) return fail(std::move(pieces).error().in(files.where));
  return pieces;
}

Result<void> ChatFormat::Impl::choose() {
  native = recognize_format(files.chat_template, tokenizer);
  const Failure no_renderer =
      fail(ErrorCode::Unsupported,
           "the chat template belongs to no family that is known, and there is nothing here to "
           "render it with",
           files.where, "install python3-jinja2");
  if (!renderer) {
    verified = false;
    if (native == nullptr) return no_renderer;
    return {};
  }
  if (native == nullptr) return {};
  const auto equal = equals_template(*native, files, bos, renderer);
  if (!equal && equal.error().code == ErrorCode::Unsupported) {
    verified = false;  // no jinja2: the fragments have to do
  } else if (!equal || !*equal) {
    native = nullptr;  // a template that only looks like the family
  }
  return {};
}

// Finds out whether replies begin inside of the reasoning. Also shows early that a template works.
Result<void> ChatFormat::Impl::learn_prompt_end() {
  const Prompt probe{{{Role::User, "1 + 1?"}}};
  opens_reasoning = ends_in_think(joined(EVAL_TRY(write(probe, {.thinking = true}))));
  opens_reasoning_unasked = ends_in_think(joined(EVAL_TRY(write(probe, {.thinking = false}))));
  return {};
}

void ChatFormat::Impl::collect_stop_ids(const GenerationDefaults& defaults) {
  const auto add = [this](TokenId id) {
    if (std::find(stop_ids.begin(), stop_ids.end(), id) == stop_ids.end()) stop_ids.push_back(id);
  };
  if (native != nullptr) {
    if (const auto id = tokenizer.token_id(native->end_of_turn)) add(*id);
  }
  if (const auto eos = token_text(files.tokens, "eos_token")) {
    if (const auto id = tokenizer.token_id(*eos)) add(*id);
  }
  for (const TokenId id : defaults.eos_ids) add(id);
}

Result<ChatFormat> ChatFormat::from_checkpoint(const fs::path& dir, const Tokenizer& tokenizer,
                                               TemplateRenderer renderer) {
  ChatFiles files = EVAL_TRY(read_chat_files(dir));
  const GenerationDefaults defaults = EVAL_TRY(load_generation_defaults(dir));
  auto impl = std::make_shared<Impl>(
      Impl{.files = std::move(files), .tokenizer = tokenizer, .renderer = std::move(renderer)});
  impl->bos = token_text(impl->files.tokens, "bos_token").value_or("");
  EVAL_TRY(impl->choose());
  EVAL_TRY(impl->learn_prompt_end());
  impl->collect_stop_ids(defaults);
  return ChatFormat(std::move(impl));
}

std::string_view ChatFormat::name() const {
  return impl_->native != nullptr ? impl_->native->name : "jinja";
}

bool ChatFormat::verified() const {
  return impl_->verified;
}

Result<std::vector<TokenId>> ChatFormat::encode(const Prompt& prompt,
                                                const ChatOptions& options) const {
  const std::vector<ChatPiece> pieces = EVAL_TRY(impl_->write(prompt, options));
  std::vector<TextPart> parts;
  parts.reserve(pieces.size());
  for (const ChatPiece& piece : pieces) {
    parts.push_back({piece.text, piece.markup ? SpecialTokens::Parse : SpecialTokens::AsText});
  }
  return impl_->tokenizer.encode(parts);
}

Result<std::string> ChatFormat::render(const Prompt& prompt, const ChatOptions& options) const {
  return joined(EVAL_TRY(impl_->write(prompt, options)));
}

const std::vector<TokenId>& ChatFormat::stop_ids() const {
  return impl_->stop_ids;
}

ReplyParts ChatFormat::split(std::string_view reply, const ChatOptions& options) const {
  const bool opened = options.thinking ? impl_->opens_reasoning : impl_->opens_reasoning_unasked;
  if (!opened || python_strip(reply).starts_with("<think>")) return split_reasoning(reply);
  return split_reasoning("<think>" + std::string(reply));
}

}  // namespace eval::runners::local
