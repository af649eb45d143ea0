#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runners/local/engine/state_pool.h"
#include "runners/local/model/step.h"
#include "runners/runner.h"

// What is asked of the engine, and what comes back, in token ids.
namespace eval::runners::local {

using SequenceId = std::uint64_t;

struct CompletionRequest {
  std::vector<TokenId> prompt;  // at least one token
  // seed, attempt, cuts and penalties; position, seen and prompt_tokens are filled in.
  SampleRule rule = {};
  std::int64_t max_tokens = 0;  // 0: as many as the context has room for
  std::vector<TokenId> stop_ids = {};
  // Called for every token as it is drawn, the stop id included, on the engine's thread: be quick.
  // False ends the completion as a stop id does. Empty: every token is welcome.
  std::function<bool(TokenId)> on_token = {};
};

struct Completion {
  std::vector<TokenId> tokens;        // drawn, with the stop id at the end if one was
  std::vector<float> logprobs;        // of each, as in TokenLogprob
  std::vector<SampledToken> sampled;  // the same with the likeliest, if the rule asks for any
  FinishReason finish_reason = FinishReason::Stop;
  std::int64_t prompt_tokens = 0;
  int preemptions = 0;
  std::chrono::nanoseconds queue_time{0};  // until the prompt's first token was computed, or shared
  std::chrono::nanoseconds first_token_time{0};  // from there
  std::chrono::nanoseconds total_time{0};        // from there
};

// SHA-256 (lower-case hex) of the ids as 32-bit little-endian numbers: what is stored to compare
// completions by.
std::string token_hash(const std::vector<TokenId>& tokens);

// A request on its way. `tokens` are prompt and completion; `state` lags behind them by at least the
// last one, by more while a preempted sequence is recomputed.
struct Sequence {
  SequenceId id = 0;
  CompletionRequest request;
  std::vector<TokenId> tokens;
  std::uint64_t prompt_key = 0;  // of all prompt tokens but the last, see PromptCache
  SequenceState state;           // while it is running
  bool was_started = false;
  Completion completion = {};
  std::chrono::nanoseconds added_at{0};
  std::chrono::nanoseconds started_at{0};

  std::int64_t length() const { return static_cast<std::int64_t>(tokens.size()); }
  // Prompt tokens that are prefilled and shared. The last one is every sequence's own first step, so
  // that the logits it draws from come about in the same way whether it shares its prompt or not.
  std::int64_t shared_tokens() const {
    return static_cast<std::int64_t>(request.prompt.size()) - 1;
  }
};

}  // namespace eval::runners::local
