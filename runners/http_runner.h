#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "runners/runner.h"

namespace eval::runners {

// Somewhere to keep replies, by the hash of the canonical request. Both functions are called from
// every thread that calls generate(), at the same time.
struct GenerationCache {
  std::function<std::optional<Generation>(const std::string& key)> find;
  std::function<void(const std::string& key, const Generation& generation)> keep;
};

struct HttpRunnerOptions {
  std::string base_url;  // "http://127.0.0.1:8000/v1"; "/chat/completions" is appended to the path
  std::string model;     // sent as "model"
  // Sent as a bearer token; never stored, printed or part of an Error (below 6 characters it counts
  // as a placeholder, and is not searched for in what the server says).
  std::string api_key;
  int concurrency = 64;  // requests in flight at once
  bool stream = true;
  int tries = 6;                                          // per generation, first included
  std::chrono::milliseconds request_deadline{3'600'000};  // one request, first byte to last
  // No byte for so long ends the request. Without streaming nothing comes until the model is done,
  // so then only request_deadline counts.
  std::chrono::milliseconds idle_timeout{300'000};
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds backoff_first{1'000};  // doubled each retry, with jitter
  std::chrono::milliseconds backoff_max{60'000};   // also the most that Retry-After is honoured for
  // Streaming costs some 300 bytes a token: room for 800,000 tokens, and an end to a runaway.
  Bytes response_limit = Bytes::mib(256);
  GenerationCache cache = {};
};

// OpenAI-compatible chat completions (vLLM, SGLang, llama-server, hosted APIs).
//
// Tries again after 408, 409, 425, 429, 5xx, no connection, a cut stream, a reply that is no chat
// completion, an error in the stream, and silence; waits as retry.h says. Any other status is
// final, and so are request_deadline, response_limit and a TLS failure: the next try would end the
// same. Sampling seeds are sent as their low 31 bits, the most that every server takes. Usage for a
// base_url that is no http(s) URL, an empty model name, or a key that no header can carry.
Result<std::unique_ptr<Runner>> make_http_runner(HttpRunnerOptions options);

// Splits "<think>...</think>answer" (also without the opening tag, as chat templates that end in
// "<think>" produce) into reasoning and answer. An unfinished "<think>" is all reasoning.
struct SplitReply {
  std::optional<std::string> reasoning;
  std::string answer;
};
SplitReply split_reasoning(std::string_view text);

}  // namespace eval::runners
