#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "runners/runner.h"

namespace eval::runners {

// Somewhere to keep replies, by the hash of the canonical request.
struct GenerationCache {
  std::function<std::optional<Generation>(const std::string& key)> find;
  std::function<void(const std::string& key, const Generation& generation)> keep;
};

struct HttpRunnerOptions {
  std::string base_url;  // "http://127.0.0.1:8000/v1"; "/chat/completions" is appended
  std::string model;     // sent as "model"
  std::string api_key;   // sent as a bearer token; never stored, printed or part of an Error
  int concurrency = 64;  // requests in flight at once
  bool stream = true;
  int tries = 6;                                       // per generation, first included
  std::chrono::milliseconds request_deadline{3'600'000};  // one request, first byte to last
  std::chrono::milliseconds idle_timeout{300'000};     // no byte for so long ends the request
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds backoff_first{1'000};      // doubled each retry, with jitter
  std::chrono::milliseconds backoff_max{60'000};       // also the most that Retry-After is honoured for
  GenerationCache cache = {};
};

// OpenAI-compatible chat completions (vLLM, SGLang, llama-server, hosted APIs). Retries 408, 409,
// 429, 5xx, cut and silent connections; any other 4xx is final. Usage for a base_url that is no
// http(s) URL.
Result<std::unique_ptr<Runner>> make_http_runner(HttpRunnerOptions options);

// Splits "<think>...</think>answer" (also without the opening tag, as chat templates that end in
// "<think>" produce) into reasoning and answer. An unfinished "<think>" is all reasoning.
struct SplitReply {
  std::optional<std::string> reasoning;
  std::string answer;
};
SplitReply split_reasoning(std::string_view text);

}  // namespace eval::runners
