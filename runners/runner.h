#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runners/token_logprobs.h"

// Prompt in, generation out. See replay_runner.h and http_runner.h.
namespace eval::runners {

enum class Role { System, User, Assistant };

std::string_view role_name(Role role);  // "system", "user", "assistant"

struct Message {
  Role role = Role::User;
  std::string content;
  friend bool operator==(const Message&, const Message&) = default;
};

struct Prompt {
  std::vector<Message> messages;
  friend bool operator==(const Prompt&, const Prompt&) = default;
};

// What the user asked for; absent means the server's or recording's own default.
struct SamplingParams {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<int> max_tokens;
  std::optional<std::uint64_t> seed;  // derived per attempt
  std::vector<std::string> stop;
  std::optional<int> top_k = {};                  // the likeliest so many
  std::optional<double> min_p = {};               // what is at least so likely beside the likeliest
  std::optional<double> repetition_penalty = {};  // on tokens of prompt and generation; 1: none
  std::optional<double> presence_penalty = {};    // on tokens generated, once each
  std::optional<double> frequency_penalty = {};   // on tokens generated, as often as they were
  std::vector<std::int32_t> stop_token_ids = {};
  std::optional<bool> thinking = {};  // whether the model may reason before it answers
  bool logprobs = false;              // ask for the log-probability of every token
  friend bool operator==(const SamplingParams&, const SamplingParams&) = default;
};

enum class FinishReason { Stop, Length, Refused, Cancelled };
// "stop", "length", "refused", "cancelled".
std::string_view finish_reason_name(FinishReason reason);
std::optional<FinishReason> finish_reason_from_name(std::string_view name);

// A file that a recording carries verbatim, so that nothing has to be extracted from text.
struct RecordedFile {
  std::string name;
  std::string content;
  friend bool operator==(const RecordedFile&, const RecordedFile&) = default;
};

// What the model wrote in one turn, raw. Immutable once stored.
struct Generation {
  std::string text;                      // the answer, reasoning removed
  std::optional<std::string> reasoning;  // kept apart; nullopt if the model has none
  FinishReason finish_reason = FinishReason::Stop;
  // As the server or recording counts; nullopt: not told. Reasoning counts as completion.
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  // Of the request that brought the reply: waiting for its turn, request to first token, request
  // to last byte.
  std::chrono::milliseconds queue_time{0};
  std::optional<std::chrono::milliseconds> first_token_time;
  std::chrono::milliseconds total_time{0};
  int tries = 1;  // requests made, retries included
  bool from_cache = false;
  std::string model;                    // the name the server gave back, or the recording's
  std::string fingerprint;              // runner kind, address, model and system fingerprint
  std::vector<RecordedFile> files;      // verbatim submission of a recording; usually empty
  std::optional<std::string> language;  // language id of `files`, if the recording knows it
  // SHA-256 of the completion's token ids, 32-bit little-endian each; nullopt: not known (servers tell
  // texts only). What `evalctl model verify-repro` compares.
  std::optional<std::string> token_hash = {};
  // If they were asked for and the runner tells them.
  std::optional<TokenLogprobs> logprobs = {};
  friend bool operator==(const Generation&, const Generation&) = default;
};

// Which attempt is asked for. `problem_id` is "suite/slug".
struct GenerationRequest {
  std::string problem_id;
  int attempt = 0;  // 0-based
  int turn = 0;
  Prompt prompt;
  SamplingParams sampling;
};

class Runner {
 public:
  virtual ~Runner() = default;

  // One generation; blocks until it is complete. Thread-safe: the pipeline calls it from as many
  // threads as it wants requests in flight. A refusal or a truncation is a Generation; an Error
  // means that there is none (network, no recording for this attempt), retries exhausted.
  virtual Result<Generation> generate(const GenerationRequest& request, std::stop_token stop) = 0;

  // Attempts this runner can answer for the problem; nullopt: any number (a live model).
  virtual std::optional<int> attempts_available(std::string_view problem_id) const = 0;

  // Problems of a recording that are none of `problem_ids`, as it names them; empty for a live model.
  virtual std::vector<std::string> recorded_beside(
      const std::vector<std::string>& /*problem_ids*/) const {
    return {};
  }

  // What produced the generations, for the manifest: kind, model, endpoint without credentials.
  virtual std::string description() const = 0;

  // Generations worth having in flight at once, if the user does not say.
  virtual int preferred_concurrency() const = 0;
};

}  // namespace eval::runners
