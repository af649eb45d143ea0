#include "runners/chat_reply.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "runners/http_runner.h"

namespace eval::runners {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
// Of a reply that makes no sense, to quote. More than is shown, because the caller redacts secrets
// before it shortens: a secret cut in half here would not be found.
constexpr std::size_t kQuoteBytesMax = 8192;

// The member as text; empty if it is absent or of another type, since servers differ.
std::string text_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
}

std::optional<std::int64_t> count_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number_integer()) return std::nullopt;
  const auto count = member->get<std::int64_t>();
  return count < 0 ? std::nullopt : std::optional(count);
}

ServerComplaint complaint_of(const Json& object) {
  ServerComplaint complaint;
  for (const std::string_view key : {"message", "detail", "msg", "reason"}) {
    if (!complaint.message.empty()) break;
    const Json* member = find_member(object, key);
    if (member == nullptr) continue;
    complaint.message = member->is_string() ? member->get<std::string>() : to_json_line(*member);
  }
  for (const std::string_view key : {"code", "status", "status_code"}) {
    const Json* member = find_member(object, key);
    if (member == nullptr) continue;
    std::optional<long long> number;
    if (member->is_number_integer()) number = member->get<std::int64_t>();
    if (member->is_string()) number = parse_integer(member->get<std::string>());
    if (number && *number >= 400 && *number <= 599) complaint.status = static_cast<int>(*number);
  }
  complaint.kind = text_of(object, "type");
  if (complaint.message.empty()) complaint.message = to_json_line(object);
  return complaint;
}

}  // namespace

ServerComplaint read_complaint(std::string_view body) {
  const auto parsed = parse_json(body, "error body");
  if (!parsed || !parsed->is_object()) {
    return {.message = std::string(trim(body)), .status = {}, .kind = {}};
  }
  const Json* error = find_member(*parsed, "error");
  if (error == nullptr) return complaint_of(*parsed);
  if (error->is_string()) {
    return {.message = error->get<std::string>(), .status = {}, .kind = {}};
  }
  return complaint_of(*error);
}

ChatReply::State ChatReply::feed(std::string_view piece) {
  if (state_ == State::Complaint || state_ == State::Garbage) return state_;
  if (!is_stream_) {
    const std::size_t first = piece.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return state_;
    is_stream_ = piece[first] != '{' && piece[first] != '[';
  }
  if (!*is_stream_) {
    body_ += piece;
    return state_;
  }
  if (body_.size() < kQuoteBytesMax) body_ += piece.substr(0, kQuoteBytesMax - body_.size());
  for (const std::string& event : events_.feed(piece)) take_event(event);
  return state_;
}

ChatReply::State ChatReply::finish() {
  if (state_ != State::Open) return state_;
  if (!is_stream_) return state_;
  if (*is_stream_) {
    // Half an event is the mark of a cut stream, not garbage.
    const auto last = events_.finish();
    if (last && (trim(*last) == "[DONE]" || parse_json(*last, "event"))) take_event(*last);
    if (!last && !has_event_) call_garbage("the reply is no event stream", body_);
    return state_;
  }
  auto object = parse_json(body_, "reply");
  if (object) {
    take_object(*object);
    // Without a finish reason the message is whole all the same: it is one JSON text.
    if (state_ == State::Open && has_choice_) state_ = State::Complete;
  }
  if (state_ == State::Open) call_garbage("the reply is no chat completion", body_);
  return state_;
}

void ChatReply::take_event(std::string_view data) {
  has_event_ = true;
  if (state_ == State::Complaint || state_ == State::Garbage) return;
  if (trim(data) == "[DONE]") {
    if (!has_choice_) {
      call_garbage("the stream ended without a choice", data);
    } else {
      state_ = State::Complete;
    }
    return;
  }
  if (trim(data).empty()) return;
  const auto object = parse_json(data, "event");
  if (!object || !object->is_object()) {
    // What comes after the finish reason is not needed.
    if (state_ == State::Open) call_garbage("an event of the stream is no JSON object", data);
    return;
  }
  take_object(*object);
}

void ChatReply::take_object(const Json& object) {
  if (find_member(object, "error") != nullptr || text_of(object, "object") == "error") {
    if (state_ == State::Complete) return;
    complaint_ = read_complaint(to_json_line(object));
    state_ = State::Complaint;
    return;
  }
  if (model_.empty()) model_ = text_of(object, "model");
  if (system_fingerprint_.empty()) system_fingerprint_ = text_of(object, "system_fingerprint");
  if (const Json* usage = find_member(object, "usage")) take_usage(*usage);
  const Json* choices = find_member(object, "choices");
  if (choices == nullptr || !choices->is_array()) return;
  for (const Json& choice : *choices) {
    // One completion was asked for; a second choice is not ours.
    if (count_of(choice, "index").value_or(0) != 0) continue;
    has_choice_ = true;
    if (const Json* delta = find_member(choice, "delta")) take_message(*delta);
    if (const Json* message = find_member(choice, "message")) take_message(*message);
    if (const Json* logprobs = find_member(choice, "logprobs")) take_logprobs(*logprobs);
    const std::string reason = text_of(choice, "finish_reason");
    if (!reason.empty()) take_finish_reason(reason);
  }
}

void ChatReply::take_message(const Json& message) {
  // DeepSeek, vLLM up to 0.9 and llama-server say reasoning_content; newer vLLM and OpenRouter say
  // reasoning; some send both with the same text.
  const std::string reasoning = text_of(message, "reasoning_content");
  reasoning_ += reasoning.empty() ? text_of(message, "reasoning") : reasoning;
  refusal_ += text_of(message, "refusal");
  if (const Json* content = find_member(message, "content")) take_content(*content);
}

void ChatReply::take_content(const Json& content) {
  if (content.is_string()) text_ += content.get<std::string>();
  if (!content.is_array()) return;
  // Mistral's reasoning models send parts: {"type":"thinking","thinking":[...]}, {"type":"text"}.
  for (const Json& part : content) {
    text_ += text_of(part, "text");
    const Json* thinking = find_member(part, "thinking");
    if (thinking == nullptr) continue;
    if (thinking->is_string()) reasoning_ += thinking->get<std::string>();
    if (!thinking->is_array()) continue;
    for (const Json& thought : *thinking) reasoning_ += text_of(thought, "text");
  }
}

void ChatReply::take_logprobs(const Json& logprobs) {
  const Json* content = find_member(logprobs, "content");
  if (content == nullptr || !content->is_array()) return;
  for (const Json& token : *content) {
    const Json* value = find_member(token, "logprob");
    if (value == nullptr || !value->is_number()) continue;
    if (!logprobs_) logprobs_.emplace();
    logprobs_->texts.push_back(text_of(token, "token"));
    logprobs_->values.push_back(value->get<float>());
  }
}

void ChatReply::take_finish_reason(const std::string& reason) {
  if (reason == "abort" || reason == "error" || reason == "cancelled") {
    // vLLM and OpenRouter close a stream so when the engine, not the model, ended it.
    complaint_ = {.message = fmt::format("the server ended the generation: \"{}\"", reason),
                  .status = {},
                  .kind = {}};
    state_ = State::Complaint;
    return;
  }
  state_ = State::Complete;
  if (reason == "length" || reason == "max_tokens" || reason == "model_length") {
    finish_reason_ = FinishReason::Length;
  } else if (reason == "content_filter" || reason == "refusal" || reason == "safety") {
    finish_reason_ = FinishReason::Refused;
  } else {
    // "stop", "tool_calls", "eos", "end_turn", ...: the model ended its turn.
    finish_reason_ = FinishReason::Stop;
  }
}

void ChatReply::take_usage(const Json& usage) {
  if (const auto count = count_of(usage, "prompt_tokens")) prompt_tokens_ = count;
  if (const auto count = count_of(usage, "completion_tokens")) completion_tokens_ = count;
}

void ChatReply::call_garbage(std::string_view what, std::string_view text) {
  garbage_ =
      fmt::format("{}: {}", what, to_json_line(shorten(to_valid_utf8(text), kQuoteBytesMax)));
  state_ = State::Garbage;
}

Generation ChatReply::generation() const {
  EVAL_CHECK(state_ == State::Complete);
  Generation generation;
  generation.finish_reason = finish_reason_.value_or(FinishReason::Stop);
  if (!refusal_.empty()) generation.finish_reason = FinishReason::Refused;
  if (reasoning_.empty()) {
    SplitReply parts = split_reasoning(text_);
    generation.text = std::move(parts.answer);
    generation.reasoning = std::move(parts.reasoning);
  } else {
    generation.text = text_;
    generation.reasoning = reasoning_;
  }
  if (generation.text.empty()) generation.text = refusal_;
  generation.prompt_tokens = prompt_tokens_;
  generation.completion_tokens = completion_tokens_;
  generation.model = model_;
  generation.logprobs = logprobs_;
  return generation;
}

}  // namespace eval::runners
