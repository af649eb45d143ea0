#include "runners/chat_request.h"

#include "base/hash.h"

namespace eval::runners {
namespace {

// Servers keep seeds in signed or unsigned 32- or 64-bit integers, and some of them in a double:
// 31 bits fit all.
constexpr std::uint64_t kSeedMask = 0x7fffffff;

}  // namespace

std::string chat_endpoint(std::string_view base_url) {
  constexpr std::string_view kPath = "/chat/completions";
  const std::string_view without_fragment = base_url.substr(0, base_url.find('#'));
  const std::size_t query = without_fragment.find('?');
  std::string_view path = without_fragment.substr(0, query);
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string url(path);
  if (!path.ends_with(kPath)) url += kPath;
  if (query != std::string_view::npos) url += without_fragment.substr(query);
  return url;
}

Json chat_body(std::string_view model, const GenerationRequest& request, bool stream) {
  Json body = Json::object();
  body["model"] = model;
  Json& messages = body["messages"] = Json::array();
  for (const Message& message : request.prompt.messages) {
    messages.push_back(Json{{"role", role_name(message.role)}, {"content", message.content}});
  }
  const SamplingParams& sampling = request.sampling;
  if (sampling.temperature) body["temperature"] = *sampling.temperature;
  if (sampling.top_p) body["top_p"] = *sampling.top_p;
  if (sampling.max_tokens) body["max_tokens"] = *sampling.max_tokens;
  if (sampling.seed) body["seed"] = *sampling.seed & kSeedMask;
  if (!sampling.stop.empty()) body["stop"] = sampling.stop;
  if (sampling.presence_penalty) body["presence_penalty"] = *sampling.presence_penalty;
  if (sampling.frequency_penalty) body["frequency_penalty"] = *sampling.frequency_penalty;
  if (sampling.logprobs) body["logprobs"] = true;
  // The rest is no part of the protocol; these are the names that vLLM, SGLang and (but for the
  // repetition penalty and the ids) llama-server take.
  if (sampling.top_k) body["top_k"] = *sampling.top_k;
  if (sampling.min_p) body["min_p"] = *sampling.min_p;
  if (sampling.repetition_penalty) body["repetition_penalty"] = *sampling.repetition_penalty;
  if (!sampling.stop_token_ids.empty()) body["stop_token_ids"] = sampling.stop_token_ids;
  if (sampling.thinking) {
    body["chat_template_kwargs"] = Json{{"enable_thinking", *sampling.thinking}};
  }
  body["stream"] = stream;
  // Without this a streaming server tells no token counts.
  if (stream) body["stream_options"] = Json{{"include_usage", true}};
  return body;
}

std::string cache_key(std::string_view printable_endpoint, std::string_view model,
                      const GenerationRequest& request) {
  ContentHash hash;
  hash.add("chat completion 1").add(printable_endpoint);
  hash.add(to_canonical_json(chat_body(model, request, false)));
  if (request.sampling.seed) {
    hash.add("seed").add(std::to_string(*request.sampling.seed));
  } else {
    hash.add("attempt").add(request.problem_id).add(std::to_string(request.attempt));
    hash.add(std::to_string(request.turn));
  }
  return hash.hex();
}

}  // namespace eval::runners
