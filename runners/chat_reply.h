#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "runners/runner.h"
#include "runners/sse_parser.h"

namespace eval::runners {

// A complaint of the server, from the body of an error response or from inside a 200.
struct ServerComplaint {
  std::string message;        // as the server words it, not yet shortened or redacted
  std::optional<int> status;  // HTTP status in "code" or "status", if it is a number
  std::string kind;           // "invalid_request_error" and the like; may be empty
};

// The complaint in `body`: {"error": {...}}, {"error": "..."}, {"message": ...}, {"detail": ...},
// or the text itself when it is no JSON.
ServerComplaint read_complaint(std::string_view body);

// Collects a chat completion from the body of a 200 as it arrives: server-sent events, or one JSON
// object from servers that do not stream. Pure; told apart by the first byte that is no white
// space.
class ChatReply {
 public:
  enum class State {
    Open,       // more is to come
    Complete,   // a finish reason or [DONE] has come
    Complaint,  // the server sent an error object; see complaint()
    Garbage,    // not a chat completion; see garbage()
  };

  // Takes the next piece. Once the state is Complaint or Garbage nothing more needs to come.
  State feed(std::string_view piece);
  // At the end of the body: Open means that it was cut.
  State finish();

  State state() const { return state_; }
  const ServerComplaint& complaint() const { return complaint_; }
  const std::string& garbage() const { return garbage_; }
  // Whether the first token has come.
  bool has_token() const { return !text_.empty() || !reasoning_.empty() || !refusal_.empty(); }

  // Text, reasoning, finish reason, token counts and model name; the rest is the caller's. Only
  // when Complete.
  Generation generation() const;
  const std::string& system_fingerprint() const { return system_fingerprint_; }

 private:
  void take_event(std::string_view data);
  void take_object(const Json& object);
  void take_message(const Json& message);
  void take_content(const Json& content);
  void take_logprobs(const Json& logprobs);
  void take_finish_reason(const std::string& reason);
  void take_usage(const Json& usage);
  void call_garbage(std::string_view what, std::string_view text);

  State state_ = State::Open;
  std::optional<bool> is_stream_;  // unknown until the first byte
  SseParser events_;
  bool has_event_ = false;
  std::string body_;  // of a reply that is not streamed; else its first bytes, to quote
  std::string text_;
  std::string reasoning_;
  std::string refusal_;
  bool has_choice_ = false;
  std::optional<FinishReason> finish_reason_;
  std::optional<std::int64_t> prompt_tokens_;
  std::optional<std::int64_t> completion_tokens_;
  std::string model_;
  std::string system_fingerprint_;
  std::optional<TokenLogprobs> logprobs_;
  ServerComplaint complaint_;
  std::string garbage_;
};

}  // namespace eval::runners
